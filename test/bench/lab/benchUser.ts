import type { Page as PuppetPage } from 'puppeteer-core'
import type { Page } from 'playwright-core'
import { readCandidatePair, type CandidatePairInfo, waitForStates, type PageStates } from '../../browser/pageScripts.ts'
import type { Tab } from '../../browser/tab.ts'
import type { MultihomedHost } from './multihomedHost.ts'
import { type MeterReading, readMeter } from './mediaMeter.ts'

/** A tab of Chromium or Firefox. */
export type AnyTab = Tab & { page: Page | PuppetPage }

/** A user on a multihomed host, with one page of the product. */
export class BenchUser {
  readonly tab: AnyTab
  readonly host: MultihomedHost

  constructor(tab: AnyTab, host: MultihomedHost) {
    this.tab = tab
    this.host = host
  }

  /** Opens the URL, waits for the lobby and presses *Join*. */
  async join(url: string): Promise<void> {
    await this.tab.open(url)
    await this.waitForStates({ membership: 'lobby' })
    await this.tab.press('Join')
  }

  /** Waits until the page has these states. @throws at the timeout */
  async waitForStates(wanted: Partial<PageStates>, timeoutMs = 30_000): Promise<void> {
    const states = await this.tab.run(waitForStates, { wanted, timeoutMs })
    const isOther = Object.entries(wanted).some(([name, value]) => states[name as keyof PageStates] !== value)
    if (isOther)
      throw new Error(`expected ${JSON.stringify(wanted)} within ${timeoutMs} ms, found ${JSON.stringify(states)}`)
  }

  /** Waits until the page shows this text. @throws at the timeout */
  async waitForText(words: string, timeoutMs = 30_000): Promise<void> {
    const isThere = await this.tab.run(
      async ({ words, timeoutMs }) => {
        const end = performance.now() + timeoutMs
        while (!document.body.innerText.includes(words) && performance.now() < end)
          await new Promise((resolve) => setTimeout(resolve, 20))
        return document.body.innerText.includes(words)
      },
      { words, timeoutMs },
    )
    if (!isThere) throw new Error(`the page did not show “${words}” within ${timeoutMs} ms`)
  }

  /** Reads the current states of the page. */
  readStates(): Promise<PageStates> {
    return this.tab.run(waitForStates, { wanted: {}, timeoutMs: 0 })
  }

  /** Reads the media meter. Null while the page loads. */
  async readMeter(): Promise<MeterReading | null> {
    return this.tab.run(readMeter, undefined).catch(() => null)
  }

  /** Reads the selected candidate pair. Null without a connection. */
  readCandidatePair(): Promise<CandidatePairInfo | null> {
    return this.tab.run(readCandidatePair, null)
  }

  /** Reloads the page like F5. Returns the time of the reload. */
  reload(): Promise<number> {
    return this.tab.run(() => {
      setTimeout(() => location.reload())
      return Date.now()
    }, undefined)
  }
}
