import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

declare global {
  interface Window {
    /** Pitches of the played sounds, in Hz, and titles of the notifications that are shown. */
    signals: { pitches: number[]; titles: string[] }
  }
}

/**
 * Records the sounds that Chromium has played to their end, and those that Firefox was asked to play: without a sound
 * device its audio clock stands still. Replaces `Notification`, because headless browsers show none.
 */
export const recordSignals = ({ tab }: BrowserUser): Promise<void> =>
  tab.run(() => {
    const signals: Window['signals'] = (window.signals = { pitches: [], titles: [] })
    const isFirefox = navigator.userAgent.includes('Firefox')
    window.OscillatorNode = class extends OscillatorNode {
      constructor(context: BaseAudioContext, options?: OscillatorOptions) {
        super(context, options)
        if (!isFirefox) this.addEventListener('ended', this.#record)
      }
      override start(when?: number): void {
        super.start(when)
        if (isFirefox) this.#record()
      }
      readonly #record = (): void => void signals.pitches.push(Math.round(this.frequency.value))
    }
    const close = (title: string): void => void signals.titles.splice(signals.titles.indexOf(title), 1)
    window.Notification =
      Notification.permission === 'granted'
        ? class extends Notification {
            constructor(title: string, options?: NotificationOptions) {
              super(title, options)
              this.addEventListener('show', () => signals.titles.push(title))
            }
            override close(): void {
              super.close()
              close(this.title)
            }
          }
        : (class extends EventTarget {
            static readonly permission = 'granted'
            readonly #title: string
            constructor(title: string) {
              super()
              this.#title = title
              signals.titles.push(title)
            }
            close(): void {
              close(this.#title)
            }
          } as never)
  }, null)

/** Hides the page, or shows it again. No window covers another one in these browsers, so the page gets the event. */
export const coverPage = ({ tab }: BrowserUser, isHidden: boolean): Promise<void> =>
  tab.run((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
    document.dispatchEvent(new Event('visibilitychange'))
  }, isHidden)

/** Expects that the page plays the sound with these pitches, and forgets what it has played. */
export async function expectSound({ tab }: BrowserUser, pitches: readonly number[]): Promise<void> {
  await expect.poll(() => tab.run(() => window.signals.pitches, null)).toEqual(expect.arrayContaining([...pitches]))
  await tab.run(() => void (window.signals.pitches.length = 0), null)
}

/** Returns the titles of the notifications that the page shows, and its own title. */
export const readTitles = ({ tab }: BrowserUser): Promise<{ notifications: string[]; page: string }> =>
  tab.run(() => ({ notifications: window.signals.titles, page: document.title }), null)

/** A page of Playwright or Puppeteer. */
interface DialogSource {
  once(event: 'dialog', handler: (dialog: { type(): string; dismiss(): Promise<void> }) => void): unknown
}

/** The user tries to leave the page, and stays when the browser asks. Returns the type of its question. */
export async function tryToLeave({ tab }: BrowserUser): Promise<string> {
  const asked = new Promise<string>((resolve, reject) => {
    const { page } = tab as unknown as { page: DialogSource }
    page.once('dialog', (dialog) => void dialog.dismiss().then(() => resolve(dialog.type()), reject))
  })
  await tab.run(() => void setTimeout(() => location.assign('about:blank')), null)
  return asked
}

/** Returns true if the page makes the browser ask before it is left. */
export const asksBeforeLeaving = ({ tab }: BrowserUser): Promise<boolean> =>
  tab.run(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })), null)
