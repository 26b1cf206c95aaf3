import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Code } from '../machines/wire.ts'

export interface ThrottleLimits {
  failures: number
  /** Rooms that nobody was in: to look for one that somebody is in means to make all the others. */
  rooms: number
  perSeconds: number
  blockSeconds: number
}

export const throttleLimits: ThrottleLimits = { failures: 30, rooms: 240, perSeconds: 60, blockSeconds: 60 }

/** What one who looks for rooms or seats that are not theirs runs into. */
const failures: ReadonlySet<Code> = new Set<Code>(['bad-room', 'full', 'seat-lost'])

/** Keeps an address from guessing, and from filling the house: after too much of it its strangers are not let in for a while. */
export class Throttle {
  readonly #limits: ThrottleLimits
  readonly #failures: RateLimiterMemory
  readonly #rooms: RateLimiterMemory

  constructor(limits: ThrottleLimits) {
    const { failures: points, rooms, perSeconds: duration, blockSeconds: blockDuration } = limits
    this.#limits = limits
    this.#failures = new RateLimiterMemory({ points, duration, blockDuration })
    this.#rooms = new RateLimiterMemory({ points: rooms, duration })
  }

  async isWelcome(address: string): Promise<boolean> {
    const [failed, made] = await Promise.all([this.#failures.get(address), this.#rooms.get(address)])
    return (failed?.consumedPoints ?? 0) < this.#limits.failures && (made?.consumedPoints ?? 0) < this.#limits.rooms
  }

  /** Somebody was refused. */
  async note(address: string, code: Code): Promise<void> {
    if (!failures.has(code)) return
    await this.#failures.consume(address).catch(() => undefined)
  }

  /** Somebody made a room by entering it. */
  async noteRoom(address: string): Promise<void> {
    await this.#rooms.consume(address).catch(() => undefined)
  }
}
