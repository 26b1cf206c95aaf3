/** Age of the oldest sample, in ms: long enough for a steady number, short enough to follow a change of the path. */
const spanMs = 4_000
/** A progress event of the browser comes far more often. In ms. */
const sampleIntervalMs = 250

/** Measures how fast a counter grows. */
export class RateMeter {
  #samples: { at: number; bytes: number }[] = []

  /** Adds a sample. `at` is a monotonic clock in ms. Returns false if the last sample is younger than 250 ms. */
  add(bytes: number, at: number): boolean {
    const last = this.#samples.at(-1)
    if (last && at - last.at < sampleIntervalMs) return false
    this.#samples.push({ at, bytes })
    this.#samples = this.#samples.filter((sample) => at - sample.at <= spanMs)
    return true
  }

  /** Forgets the samples: the counter stopped, or continues at another value. */
  reset(): void {
    this.#samples = []
  }

  /** Bytes per second; null before there are two samples. */
  get bytesPerSecond(): number | null {
    const [first] = this.#samples
    const last = this.#samples.at(-1)
    if (!first || !last || last.at === first.at) return null
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000
  }
}
