import { type Clock, systemClock } from '../../server/common/clock.ts'

/** The system clock with an offset that tests increase. */
export class LeapingClock implements Clock {
  #offsetMs = 0
  readonly #tasks = new Set<(lateMs: number) => void>()

  now(): number {
    return systemClock.now() + this.#offsetMs
  }

  unixTimeMs(): number {
    return systemClock.unixTimeMs() + this.#offsetMs
  }

  every(milliseconds: number, work: (lateMs: number) => void): () => void {
    this.#tasks.add(work)
    const stop = systemClock.every(milliseconds, work)
    return () => {
      stop()
      this.#tasks.delete(work)
    }
  }

  /** Advances the time and runs all periodic tasks at once. */
  leap(milliseconds: number): void {
    this.#offsetMs += milliseconds
    for (const work of this.#tasks) work(0)
  }
}
