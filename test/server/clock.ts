import type { Clock } from '../../server/common/clock.ts'

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 1_800_000_000_000
  readonly #works = new Map<(lateMs: number) => void, { every: number; next: number }>()

  now(): number {
    return this.#now
  }

  unixTime(): number {
    return this.#now
  }

  every(milliseconds: number, work: (lateMs: number) => void): () => void {
    this.#works.set(work, { every: milliseconds, next: this.#now + milliseconds })
    return () => this.#works.delete(work)
  }

  /** One leap: what became due meanwhile happens once, at its end. */
  pass(milliseconds: number): void {
    this.#now += milliseconds
    for (const [work, timer] of this.#works) {
      if (timer.next > this.#now) continue
      timer.next = this.#now + timer.every
      work(0)
    }
  }
}
