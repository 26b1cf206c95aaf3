import type { Clock } from '../../server/common/clock.ts'

/** A clock that only `advance` moves. */
export class ManualClock implements Clock {
  #now = 1_800_000_000_000
  readonly #callbacks = new Map<(lateMs: number) => void, { every: number; next: number }>()

  now(): number {
    return this.#now
  }

  unixTimeMs(): number {
    return this.#now
  }

  every(intervalMs: number, callback: (lateMs: number) => void): () => void {
    this.#callbacks.set(callback, { every: intervalMs, next: this.#now + intervalMs })
    return () => this.#callbacks.delete(callback)
  }

  /** Moves the time forward in one step. Each due timer runs once, after the step. */
  advance(milliseconds: number): void {
    this.#now += milliseconds
    for (const [work, timer] of this.#callbacks) {
      if (timer.next > this.#now) continue
      timer.next = this.#now + timer.every
      work(0)
    }
  }
}
