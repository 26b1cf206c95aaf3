import type { NetworkNamespace } from './networkNamespace.ts'
import { TapDevice } from './tapDevice.ts'

/** The direction of a frame: from the host (`up`) or to it (`down`). */
export type Direction = 'up' | 'down'

/** The conditions of one direction. */
export interface LinkConditions {
  /** The share of frames that are dropped, from 0 to 100. */
  lossPercent: number
  /** One-way delay in ms. */
  delayMs: number
}

/** Frames of one direction. `bytes` counts the passed ones. */
export interface FrameCounts {
  passed: number
  lost: number
  bytes: number
}

/** A namespace and the name of a device in it. */
export type LinkEnd = readonly [at: NetworkNamespace, device: string]

const idealConditions: LinkConditions = { lossPercent: 0, delayMs: 0 }

/** An emulated link between a host and the lab's internet, like netem: it delays or drops frames. */
export class EmulatedLink {
  /** Frames since the link was opened. */
  readonly frameCounts: Readonly<Record<Direction, FrameCounts>> = {
    up: { passed: 0, lost: 0, bytes: 0 },
    down: { passed: 0, lost: 0, bytes: 0 },
  }
  readonly #conditions: Record<Direction, LinkConditions> = { up: idealConditions, down: idealConditions }
  readonly #lastDueAt: Record<Direction, number> = { up: 0, down: 0 }
  readonly #cutDirections = new Set<Direction>()
  readonly #random: () => number
  #taps: Record<Direction, TapDevice> | null = null

  private constructor(chance: () => number) {
    this.#random = chance
  }

  /** @param random returns numbers from 0 to 1 that select the lost frames */
  static async open(site: LinkEnd, internet: LinkEnd, random: () => number = Math.random): Promise<EmulatedLink> {
    const link = new EmulatedLink(random)
    const [inside, outside] = await Promise.all([
      TapDevice.open(...site, (frame) => link.#forward('up', frame)),
      TapDevice.open(...internet, (frame) => link.#forward('down', frame)),
    ])
    link.#taps = { up: outside, down: inside }
    return link
  }

  /** Sets conditions for new frames; delayed frames still arrive. Without directions it sets both. */
  setConditions(conditions: Partial<LinkConditions>, ...directions: readonly Direction[]): void {
    for (const direction of defaultToBoth(directions))
      this.#conditions[direction] = { ...this.#conditions[direction], ...conditions }
  }

  /** Drops all frames silently. Without directions it cuts both. */
  cut(...directions: readonly Direction[]): void {
    for (const direction of defaultToBoth(directions)) this.#cutDirections.add(direction)
  }

  /** Ends all cuts. */
  restore(): void {
    this.#cutDirections.clear()
  }

  /** Removes both devices. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#taps ?? {}).map((tap) => tap.close()))
  }

  #forward(direction: Direction, frame: Buffer): void {
    const count = this.frameCounts[direction]
    const { lossPercent, delayMs } = this.#conditions[direction]
    if (this.#cutDirections.has(direction) || this.#random() * 100 < lossPercent) return void (count.lost += 1)
    count.passed += 1
    count.bytes += frame.length
    const now = performance.now()
    // Frames keep their order when the delay becomes shorter.
    this.#lastDueAt[direction] = Math.max(this.#lastDueAt[direction], now + delayMs)
    if (this.#lastDueAt[direction] === now) this.#taps?.[direction].send(frame)
    // Timers may fire 1 ms early.
    else setTimeout(() => this.#taps?.[direction].send(frame), Math.ceil(this.#lastDueAt[direction] - now) + 1)
  }
}

const defaultToBoth = (directions: readonly Direction[]): readonly Direction[] =>
  directions.length ? directions : ['up', 'down']
