import type { Clock } from '../common/clock.ts'

/** The time of Redis, which all nodes share. It never goes back, and runs on while Redis is down. */
export class SharedClock implements Clock {
  readonly #local: Clock
  #offsetMs = 0
  #newestMs = 0

  constructor(local: Clock) {
    this.#local = local
  }

  now(): number {
    return (this.#newestMs = Math.max(this.#newestMs, this.#local.now() + this.#offsetMs))
  }

  unixTimeMs(): number {
    return this.#local.unixTimeMs()
  }

  /** As the clock of the process. */
  every(intervalMs: number, callback: (lateMs: number) => void): () => void {
    return this.#local.every(intervalMs, callback)
  }

  /**
   * Compares the clock with an answer of Redis. The server's time was read between both local times, so an offset within
   * these bounds stays: its changes would only be the network's.
   */
  adjust(redisTimeMs: number, sentAtMs: number, receivedAtMs: number): void {
    const [least, most] = [redisTimeMs - receivedAtMs, redisTimeMs + 1 - sentAtMs]
    if (this.#offsetMs < least || this.#offsetMs > most) this.#offsetMs = (least + most) / 2
  }
}
