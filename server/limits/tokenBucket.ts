/** A token bucket: holds `capacity` tokens and refills by `tokensPerSecond`. Times are in ms on a monotonic clock. */
export class TokenBucket {
  readonly #capacity: number
  readonly #tokensPerSecond: number
  #tokens: number
  #updatedAtMs: number

  constructor(capacity: number, tokensPerSecond: number, nowMs: number) {
    this.#capacity = capacity
    this.#tokensPerSecond = tokensPerSecond
    this.#tokens = capacity
    this.#updatedAtMs = nowMs
  }

  /** Takes `cost` tokens. Returns false, and takes none, if the bucket holds fewer. */
  take(nowMs: number, cost = 1): boolean {
    if (this.tokensAt(nowMs) < cost) return false
    this.#tokens -= cost
    return true
  }

  /** Takes one token, also of an empty bucket. The debt delays the next `take`. */
  charge(nowMs: number): void {
    this.#tokens = this.tokensAt(nowMs) - 1
  }

  /** Refills the bucket and returns its number of tokens; negative in debt. */
  tokensAt(nowMs: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((nowMs - this.#updatedAtMs) / 1000) * this.#tokensPerSecond)
    this.#updatedAtMs = nowMs
    return this.#tokens
  }

  /** True if no token is missing. */
  isFull(nowMs: number): boolean {
    return this.tokensAt(nowMs) >= this.#capacity
  }
}
