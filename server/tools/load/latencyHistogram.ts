/** Neighboring buckets differ by 1 %. */
const bucketRatio = 1.01
/** Upper bound of the first bucket, in ms. */
const minMs = 0.01

/** Two quantiles of a time, in ms, exact to 1 %; null without a value. */
export interface Latency {
  p50: number | null
  p99: number | null
}

/** Counts times in buckets that grow with the time, as HdrHistogram does. So a long run needs no more memory. */
export class LatencyHistogram {
  readonly #counts: number[] = []
  #count = 0

  /** The number of values. */
  get count(): number {
    return this.#count
  }

  /** Adds a time. */
  add(timeMs: number): void {
    const bucket = timeMs <= minMs ? 0 : Math.ceil(Math.log(timeMs / minMs) / Math.log(bucketRatio))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
  }

  /** The upper bound of the bucket with the quantile (nearest rank). @param q from 0 to 1 */
  quantile(q: number): number | null {
    let left = Math.max(1, Math.ceil(q * this.#count))
    // `findIndex` also visits the holes, which count nothing.
    const bucket = this.#counts.findIndex((count = 0) => (left -= count) <= 0)
    return bucket < 0 ? null : Math.round(minMs * bucketRatio ** bucket * 100) / 100
  }

  /** The median and the 99th percentile. */
  summary(): Latency {
    return { p50: this.quantile(0.5), p99: this.quantile(0.99) }
  }
}
