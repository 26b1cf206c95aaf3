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

/** A person with a browser at a room of the product. */
export class BrowserUser<T extends Tab = Tab> {
  readonly tab: T
  readonly #origin: string

  constructor(tab: T, origin: string) {
    this.tab = tab
    this.#origin = origin
  }

  openPath(path: string): Promise<void> {
    return this.tab.open(this.#origin + path)
  }

  /** Opens the room's page: the lobby. */
  async openLobby(room: string, query = ''): Promise<void> {
    await this.openPath(`/r/${room}${query}`)
    await this.waitForStates({ membership: 'lobby' })
  }

  async join(room: string, query = ''): Promise<void> {
    await this.openLobby(room, query)
    await this.tab.press('Join')
  }

  press(button: string): Promise<void> {
    return this.tab.press(button)
  }

  /** Waits until the page says that its machines are in these states. */
  async waitForStates(wanted: Partial<PageStates>, timeoutMs = deadlineMs): Promise<void> {
    const states = await this.tab.run(waitForStates, { wanted, timeoutMs })
    expect(states).toMatchObject(wanted)
  }

  readStates(): Promise<PageStates> {
    return this.tab.run(waitForStates, { wanted: {}, timeoutMs: 0 })
  }

  /** Which states the page goes through while something else happens. */
  async recordStates(action: () => Promise<void>): Promise<PageStates[]> {
    await this.tab.run(installStateRecorder, null)
    await action()
    return this.tab.run(() => (window as unknown as { seenStates: PageStates[] }).seenStates, null)
  }

  /** The words that are to be seen. */
  visibleText(): Promise<string> {
    return this.tab.run(() => document.body.innerText, null)
  }

  /** Waits until these words are to be seen. */
  async waitForText(words: string | RegExp): Promise<void> {
    await expect.poll(() => this.visibleText()).toMatch(words)
  }

  /** Frames of the other side's picture that are painted one after the other, and how many of them differ. */
  sampleRemoteVideo(frames = 12): Promise<VideoSample> {
    return this.tab.run(sampleVideo, { which: 'remote-video', frames, timeoutMs: deadlineMs })
  }

  sampleLocalVideo(frames = 12): Promise<VideoSample> {
    return this.tab.run(sampleVideo, { which: 'local-video', frames, timeoutMs: deadlineMs })
  }

  /** What has arrived of the other side's sound and picture, so far. */
  readInboundStats(): Promise<InboundStats> {
    return this.tab.run(readInboundStats, null)
  }

  readCandidatePair(): Promise<CandidatePairInfo | null> {
    return this.tab.run(readCandidatePair, null)
  }

  /** Which of these buttons are there. */
  listButtons(): Promise<string[]> {
    return this.tab.run(listButtons, null)
  }
}

/**
 * Both have a call that is up: states, moving pictures, and sound and picture that keep arriving.
 * @param frames to look at, ten a second; at least three
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

/** Firefox may begin to count anew in the first second of a call, and for a moment has nothing to count. */
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
