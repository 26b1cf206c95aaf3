import { expect } from 'vitest'
import { candidatePair, inbound, pictures, presses, reads, type Inbound, type Pair, type Pictures, type States } from './look.ts'
import type { Tab } from './tab.ts'
import { deadlineMs } from '../deadline.ts'

/** A person with a browser at a room of the product. */
export class Guest<T extends Tab = Tab> {
  readonly tab: T
  readonly #origin: string

  constructor(tab: T, origin: string) {
    this.tab = tab
    this.#origin = origin
  }

  visit(path: string): Promise<void> {
    return this.tab.open(this.#origin + path)
  }

  /** Opens the room's page: the lobby. */
  async arrive(room: string, query = ''): Promise<void> {
    await this.visit(`/r/${room}${query}`)
    await this.becomes({ visit: 'lobby' })
  }

  async join(room: string, query = ''): Promise<void> {
    await this.arrive(room, query)
    await this.tab.press('Join')
  }

  press(button: string): Promise<void> {
    return this.tab.press(button)
  }

  /** Waits until the page says that its machines are in these states. */
  async becomes(wanted: Partial<States>, patience = deadlineMs): Promise<void> {
    const states = await this.tab.run(reads, { wanted, patience })
    expect(states).toMatchObject(wanted)
  }

  states(): Promise<States> {
    return this.tab.run(reads, { wanted: {}, patience: 0 })
  }

  /** Which states the page goes through while something else happens. */
  async watched(happens: () => Promise<void>): Promise<States[]> {
    await this.tab.run(watches, null)
    await happens()
    return this.tab.run(() => (window as unknown as { seenStates: States[] }).seenStates, null)
  }

  /** The words that are to be seen. */
  words(): Promise<string> {
    return this.tab.run(() => document.body.innerText, null)
  }

  /** Waits until these words are to be seen. */
  async reads(words: string | RegExp): Promise<void> {
    await expect.poll(() => this.words()).toMatch(words)
  }

  /** Frames of the other side's picture that are painted one after the other, and how many of them differ. */
  pictures(frames = 12): Promise<Pictures> {
    return this.tab.run(pictures, { which: 'remote-video', frames, patience: deadlineMs })
  }

  ownPictures(frames = 12): Promise<Pictures> {
    return this.tab.run(pictures, { which: 'local-video', frames, patience: deadlineMs })
  }

  /** What has arrived of the other side's sound and picture, so far. */
  inbound(): Promise<Inbound> {
    return this.tab.run(inbound, null)
  }

  pair(): Promise<Pair | null> {
    return this.tab.run(candidatePair, null)
  }

  /** Which of these buttons are there. */
  buttons(): Promise<string[]> {
    return this.tab.run(presses, null)
  }
}

/**
 * Both have a call that is up: states, moving pictures, and sound and picture that keep arriving.
 * @param frames to look at, ten a second; at least three
 */
export async function expectCall(ann: Guest, ben: Guest, frames = 12): Promise<void> {
  const guests = [ann, ben]
  await Promise.all(guests.map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))
  await Promise.all(guests.map(async (guest) => {
    const before = await guest.inbound()
    const { painted, different } = await guest.pictures(frames)
    expect(painted).toBeGreaterThanOrEqual(frames)
    expect(different).toBeGreaterThan(1)
    await expect.poll(async () => arrived(before, await guest.inbound())).toEqual({ audio: true, video: true })
  }))
}

/** Firefox may begin to count anew in the first second of a call, and for a moment has nothing to count. */
const hasGrown = (before: number, after: number): boolean => after !== before && after > 0

const arrived = (before: Inbound, after: Inbound): { audio: boolean; video: boolean } => ({
  audio: hasGrown(before.audio.packets, after.audio.packets),
  video: hasGrown(before.video.packets, after.video.packets) && hasGrown(before.video.frames, after.video.frames),
})

function watches(): void {
  const main = document.querySelector('main')
  const seen: object[] = []
  Object.assign(window, { seenStates: seen })
  if (main) new MutationObserver(() => seen.push({ ...main.dataset })).observe(main, { attributes: true })
}
