/**
 * Time in which the event loop was reading, in ms. A process that was stopped, or busy for seconds, has not read what waits for it
 * in the kernel: such time must not count against those who sent it.
 */
export class ResponsiveTime {
  #ms = 0
  readonly #periodMs: number
  #tickedAt: number | undefined

  /** @param periodMs between two ticks */
  constructor(periodMs: number) {
    this.#periodMs = periodMs
  }

  get elapsedMs(): number {
    return this.#ms
  }

  /** @returns false when this tick came a period late or more: then nobody may be judged before the next one */
  tick(now: number): boolean {
    const elapsed = this.#tickedAt === undefined ? 0 : now - this.#tickedAt
    this.#tickedAt = now
    const isLate = elapsed >= 2 * this.#periodMs || elapsed < 0
    if (!isLate) this.#ms += elapsed
    return !isLate
  }
}
