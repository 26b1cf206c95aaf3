import { expect } from 'vitest'
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

/** A user with one browser tab, visiting rooms of the product. */
export class BrowserUser<T extends Tab = Tab> {
  readonly tab: T
  readonly #origin: string

  constructor(tab: T, origin: string) {
    this.tab = tab
    this.#origin = origin
  }

  /** Opens a path of the product, such as `/check`. */
  openPath(path: string): Promise<void> {
    return this.tab.open(this.#origin + path)
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

  /** Waits until `<main>` reports these machine states. */
  async waitForStates(wanted: Partial<PageStates>, timeoutMs = deadlineMs): Promise<void> {
    const states = await this.tab.run(waitForStates, { wanted, timeoutMs })
    expect(states).toMatchObject(wanted)
  }

  /** Returns the current machine states of the page. */
  readStates(): Promise<PageStates> {
    return this.tab.run(waitForStates, { wanted: {}, timeoutMs: 0 })
  }

  /** Returns the states that the page passes through during `action`. */
  async recordStates(action: () => Promise<void>): Promise<PageStates[]> {
    await this.tab.run(installStateRecorder, null)
    await action()
    return this.tab.run(() => (window as unknown as { seenStates: PageStates[] }).seenStates, null)
  }

  /** Returns the visible text of the page. */
  visibleText(): Promise<string> {
    return this.tab.run(() => document.body.innerText, null)
  }

  /** Waits until the visible text matches. */
  async waitForText(words: string | RegExp): Promise<void> {
    await expect.poll(() => this.visibleText()).toMatch(words)
  }

  /** Samples consecutive frames of the remote video and counts how many differ. */
  sampleRemoteVideo(frames = 12): Promise<VideoSample> {
    return this.tab.run(sampleVideo, { which: 'remote-video', frames, timeoutMs: deadlineMs })
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

/**
 * Expects an established call on both sides: connected states, moving video, and growing audio and video counters.
 * @param frames to sample, ten per second; at least three
 */
export async function expectCall(ann: BrowserUser, ben: BrowserUser, frames = 12): Promise<void> {
  const users = [ann, ben]
  await Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))
  await Promise.all(
    users.map(async (user) => {
      const before = await user.readInboundStats()
      const { painted, different } = await user.sampleRemoteVideo(frames)
      expect(painted).toBeGreaterThanOrEqual(frames)
      expect(different).toBeGreaterThan(1)
      await expect
        .poll(async () => compareInbound(before, await user.readInboundStats()))
        .toEqual({ audio: true, video: true })
    }),
  )
}

/** Firefox may reset its counters in the first second of a call, and briefly reports none. */
const hasGrown = (before: number, after: number): boolean => after !== before && after > 0

const compareInbound = (before: InboundStats, after: InboundStats): { audio: boolean; video: boolean } => ({
  audio: hasGrown(before.audio.packets, after.audio.packets),
  video: hasGrown(before.video.packets, after.video.packets) && hasGrown(before.video.frames, after.video.frames),
})

function installStateRecorder(): void {
  const main = document.querySelector('main')
  const seen: object[] = []
  Object.assign(window, { seenStates: seen })
  if (main) new MutationObserver(() => seen.push({ ...main.dataset })).observe(main, { attributes: true })
}
