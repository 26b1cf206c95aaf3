/** A token bucket: holds `size` tokens and refills by `tokensPerSecond`. Times are in ms, on any clock that only goes forward. */
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

  /** Takes `cost` tokens; takes none and returns false when there are fewer. */
  take(nowMs: number, cost = 1): boolean {
    if (this.tokensAt(nowMs) < cost) return false
    this.#tokens -= cost
    return true
  }

  /** How many tokens there are. */
  tokensAt(nowMs: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((nowMs - this.#updatedAtMs) / 1000) * this.#tokensPerSecond)
    this.#updatedAtMs = nowMs
    return this.#tokens
  }

  isFull(nowMs: number): boolean {
    return this.tokensAt(nowMs) >= this.#capacity
  }
}
