import type { Namespace } from './namespace.ts'
import { Tap } from './tap.ts'

/** From the house, and to it. */
export type Direction = 'up' | 'down'

export interface Weather {
  /** Of so many frames in a hundred nothing arrives. */
  loss: number
  /** Milliseconds under way. */
  delay: number
}

export interface Count { passed: number; lost: number; bytes: number }

/** A place where a device is, and its name there. */
export type End = readonly [at: Namespace, device: string]

const fair: Weather = { loss: 0, delay: 0 }

/** What lies between a house and the internet, as unsteady as radio: it loses, delays and falls silent, when it is told to. */
export class Radio {
  /** Frames since it stands. */
  readonly count: Readonly<Record<Direction, Count>> = { up: { passed: 0, lost: 0, bytes: 0 }, down: { passed: 0, lost: 0, bytes: 0 } }
  readonly #weather: Record<Direction, Weather> = { up: fair, down: fair }
  readonly #due: Record<Direction, number> = { up: 0, down: 0 }
  readonly #silent = new Set<Direction>()
  readonly #chance: () => number
  #ends: Record<Direction, Tap> | null = null

  private constructor(chance: () => number) {
    this.#chance = chance
  }

  /** @param chance from 0 to 1: which frames are lost */
  static async open(house: End, internet: End, chance: () => number = Math.random): Promise<Radio> {
    const radio = new Radio(chance)
    const [inside, outside] = await Promise.all([
      Tap.open(...house, (frame) => radio.#take('up', frame)),
      Tap.open(...internet, (frame) => radio.#take('down', frame)),
    ])
    radio.#ends = { up: outside, down: inside }
    return radio
  }

  /** From now on; what is under way arrives. */
  set(weather: Partial<Weather>, ...directions: readonly Direction[]): void {
    for (const direction of orBoth(directions)) this.#weather[direction] = { ...this.#weather[direction], ...weather }
  }

  /** Nothing gets through, and nobody is told. */
  cut(...directions: readonly Direction[]): void {
    for (const direction of orBoth(directions)) this.#silent.add(direction)
  }

  mend(): void {
    this.#silent.clear()
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#ends ?? {}).map((tap) => tap.close()))
  }

  #take(direction: Direction, frame: Buffer): void {
    const count = this.count[direction]
    const { loss, delay } = this.#weather[direction]
    if (this.#silent.has(direction) || this.#chance() * 100 < loss) return void (count.lost += 1)
    count.passed += 1
    count.bytes += frame.length
    const now = performance.now()
    // In their order, even when the delay becomes shorter.
    this.#due[direction] = Math.max(this.#due[direction], now + delay)
    if (this.#due[direction] === now) this.#ends?.[direction].send(frame)
    // Timers may be a millisecond early.
    else setTimeout(() => this.#ends?.[direction].send(frame), Math.ceil(this.#due[direction] - now) + 1)
  }
}

const orBoth = (directions: readonly Direction[]): readonly Direction[] => (directions.length ? directions : ['up', 'down'])
