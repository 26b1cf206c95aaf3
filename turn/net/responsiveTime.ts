/**
 * Measures the time in ms in which the event loop was responsive.
 * A process that was stopped, or busy for seconds, has not read the data in the kernel.
 * Such time must not count against the senders.
 */
export class ResponsiveTime {
  #ms = 0
  readonly #periodMs: number
  #tickedAt: number | undefined

  /** @param periodMs between two ticks */
  constructor(periodMs: number) {
    this.#periodMs = periodMs
  }

  /** Responsive time so far, in ms. */
  get elapsedMs(): number {
    return this.#ms
  }

  /**
   * Counts one period. Returns false when the tick is a period late or more; then skip timeouts until the next tick.
   */
  tick(now: number): boolean {
    const elapsed = this.#tickedAt === undefined ? 0 : now - this.#tickedAt
    this.#tickedAt = now
    const isLate = elapsed >= 2 * this.#periodMs || elapsed < 0
    if (!isLate) this.#ms += elapsed
    return !isLate
  }
}
