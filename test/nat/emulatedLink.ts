import type { NetworkNamespace } from './networkNamespace.ts'
import { TapDevice } from './tapDevice.ts'

/** From the site, and to it. */
export type Direction = 'up' | 'down'

export interface LinkConditions {
  /** Of so many frames in a hundred nothing arrives. */
  lossPercent: number
  /** Milliseconds under way. */
  delayMs: number
}

export interface FrameCounts {
  passed: number
  lost: number
  bytes: number
}

/** A place where a device is, and its name there. */
export type LinkEnd = readonly [at: NetworkNamespace, device: string]

const idealConditions: LinkConditions = { lossPercent: 0, delayMs: 0 }

/** An emulated link between a site and the internet, like netem: it loses, delays or drops frames. */
export class EmulatedLink {
  /** Frames since it stands. */
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

  /** @param random from 0 to 1: which frames are lost */
  static async open(site: LinkEnd, internet: LinkEnd, random: () => number = Math.random): Promise<EmulatedLink> {
    const link = new EmulatedLink(random)
    const [inside, outside] = await Promise.all([
      TapDevice.open(...site, (frame) => link.#forward('up', frame)),
      TapDevice.open(...internet, (frame) => link.#forward('down', frame)),
    ])
    link.#taps = { up: outside, down: inside }
    return link
  }

  /** From now on; what is under way arrives. */
  setConditions(conditions: Partial<LinkConditions>, ...directions: readonly Direction[]): void {
    for (const direction of defaultToBoth(directions))
      this.#conditions[direction] = { ...this.#conditions[direction], ...conditions }
  }

  /** Nothing gets through, and nobody is told. */
  cut(...directions: readonly Direction[]): void {
    for (const direction of defaultToBoth(directions)) this.#cutDirections.add(direction)
  }

  restore(): void {
    this.#cutDirections.clear()
  }

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
    // In their order, even when the delay becomes shorter.
    this.#lastDueAt[direction] = Math.max(this.#lastDueAt[direction], now + delayMs)
    if (this.#lastDueAt[direction] === now) this.#taps?.[direction].send(frame)
    // Timers may be a millisecond early.
    else setTimeout(() => this.#taps?.[direction].send(frame), Math.ceil(this.#lastDueAt[direction] - now) + 1)
  }
}

const defaultToBoth = (directions: readonly Direction[]): readonly Direction[] =>
  directions.length ? directions : ['up', 'down']
