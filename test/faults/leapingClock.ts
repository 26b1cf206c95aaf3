import { type Clock, systemClock } from '../../server/common/clock.ts'

/** The time of this machine, which may leap ahead: for the server it is then so late. */
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

  /** What is to be looked after now and then is looked after at once. */
  leap(milliseconds: number): void {
    this.#offsetMs += milliseconds
    for (const work of this.#tasks) work(0)
  }
}
