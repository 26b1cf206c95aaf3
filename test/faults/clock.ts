import { type Clock, systemClock } from '../../server/common/clock.ts'

/** The time of this machine, which may leap ahead: for the server it is then so late. */
export class LeapingClock implements Clock {
  #ahead = 0
  readonly #works = new Set<(lateMs: number) => void>()

  now(): number {
    return systemClock.now() + this.#ahead
  }

  unixTime(): number {
    return systemClock.unixTime() + this.#ahead
  }

  every(milliseconds: number, work: (lateMs: number) => void): () => void {
    this.#works.add(work)
    const stop = systemClock.every(milliseconds, work)
    return () => {
      stop()
      this.#works.delete(work)
    }
  }

  /** What is to be looked after now and then is looked after at once. */
  leap(milliseconds: number): void {
    this.#ahead += milliseconds
    for (const work of this.#works) work(0)
  }
}
