/** Counts values in buckets, for a Prometheus histogram. */
export class Histogram {
  /** Upper bounds, inclusive and ascending. A last bucket without a bound follows. */
  readonly bounds: readonly number[]
  /** Values by bucket, not cumulative. */
  readonly counts: number[]
  /** Sum of all values. */
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array<number>(bounds.length + 1).fill(0)
  }

  /** Adds a value. */
  observe(value: number): void {
    const at = this.bounds.findIndex((bound) => value <= bound)
    const bucket = at < 0 ? this.bounds.length : at
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.sum += value
  }
}
