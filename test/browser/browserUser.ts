import { setTimeout as sleep } from 'node:timers/promises'
import {
  readCandidatePair,
  readInboundStats,
  sampleVideo,
  listButtons,
  waitForStates,
  type InboundStats,
  type CandidatePairInfo,
  type VideoSample,
  type PageStates,
} from './pageScripts.ts'
import type { Tab } from './tab.ts'
import { deadlineMs } from '../deadline.ts'

const pollIntervalMs = 50

declare global {
  interface Window {
    /** The states that the page has shown since the recording began. */
    seenStates: PageStates[]
  }
}

/** A user with one browser tab, visiting rooms of the product. The benchmarks use this class without Vitest. */
export class BrowserUser<T extends Tab = Tab> {
  readonly tab: T
  /** Scheme, host and port of the product, as this user's browser reaches it. */
  readonly origin: string

  constructor(tab: T, origin: string) {
    this.tab = tab
    this.origin = origin
  }

  /** Opens a path of the product, such as `/check`. */
  openPath(path: string): Promise<void> {
    return this.tab.open(this.origin + path)
  }

  /** Opens the room's lobby. */
  async openLobby(room: string, query = ''): Promise<void> {
    await this.openPath(`/r/${room}${query}`)
    await this.waitForStates({ membership: 'lobby' })
  }

  /** Opens the room's lobby and presses Join. */
  async join(room: string, query = ''): Promise<void> {
    await this.openLobby(room, query)
    await this.tab.press('Join')
  }

  /** Presses a button by its accessible name, once it is there. */
  press(button: string): Promise<void> {
    return this.tab.press(button)
  }

  /** Presses the button that leads back into the room: *Call again* after a call, else *Rejoin*. */
  async rejoin(): Promise<void> {
    await this.waitForText(/Call again|Rejoin/)
    await this.press((await this.visibleText()).includes('Call again') ? 'Call again' : 'Rejoin')
  }

  /** Waits until `<main>` reports these machine states. @throws at the timeout */
  async waitForStates(wanted: Partial<PageStates>, timeoutMs = deadlineMs): Promise<void> {
    const states = await this.tab.run(waitForStates, { wanted, timeoutMs })
    const isOther = Object.entries(wanted).some(([name, value]) => states[name as keyof PageStates] !== value)
    if (isOther)
      throw new Error(`expected ${JSON.stringify(wanted)} within ${timeoutMs} ms, found ${JSON.stringify(states)}`)
  }

  /** Returns the current machine states of the page. */
  readStates(): Promise<PageStates> {
    return this.tab.run(waitForStates, { wanted: {}, timeoutMs: 0 })
  }

  /** Returns the states that the page passes through during `action`. */
  async recordStates(action: () => Promise<void>): Promise<PageStates[]> {
    await this.tab.run(installStateRecorder, null)
    await action()
    return this.tab.run(() => window.seenStates, null)
  }

  /** Returns the visible text of the page. */
  visibleText(): Promise<string> {
    return this.tab.run(() => document.body.innerText, null)
  }

  /** Waits until the visible text contains or matches these words. @throws at the timeout */
  async waitForText(words: string | RegExp, timeoutMs = deadlineMs): Promise<void> {
    const end = performance.now() + timeoutMs
    let text = ''
    do {
      // A page that loads has no text.
      text = await this.visibleText().catch(() => '')
      if (typeof words === 'string' ? text.includes(words) : words.test(text)) return
      await sleep(pollIntervalMs)
    } while (performance.now() < end)
    throw new Error(`expected the text ${String(words)} within ${timeoutMs} ms, found:\n${text}`)
  }

  /** Samples consecutive frames of the remote video and counts how many differ. */
  sampleRemoteVideo(frames = 12): Promise<VideoSample> {
    return this.tab.run(sampleVideo, { which: 'remote-video', frames, timeoutMs: deadlineMs })
  }

  /** Samples consecutive frames of the peer's shared screen. */
  sampleRemoteScreen(frames = 12): Promise<VideoSample> {
    return this.tab.run(sampleVideo, { which: 'remote-screen', frames, timeoutMs: deadlineMs })
  }

  /** Samples consecutive frames of the self-view. */
  sampleLocalVideo(frames = 12): Promise<VideoSample> {
    return this.tab.run(sampleVideo, { which: 'local-video', frames, timeoutMs: deadlineMs })
  }

  /** Reads the received packets and frames of the remote audio and video so far. */
  readInboundStats(): Promise<InboundStats> {
    return this.tab.run(readInboundStats, null)
  }

  /** Returns the candidate pair that carries the media, or null. */
  readCandidatePair(): Promise<CandidatePairInfo | null> {
    return this.tab.run(readCandidatePair, null)
  }

  /** Lists the buttons that the page shows. */
  listButtons(): Promise<string[]> {
    return this.tab.run(listButtons, null)
  }
}

function installStateRecorder(): void {
  const main = document.querySelector('main')
  const seen: object[] = []
  Object.assign(window, { seenStates: seen })
  if (main) new MutationObserver(() => seen.push({ ...main.dataset })).observe(main, { attributes: true })
}
