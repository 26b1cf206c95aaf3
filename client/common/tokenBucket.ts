/** The sizes of a token bucket: what may come at once, and what may come each second after that. */
export interface TokenBucketSize {
  burst: number
  perSecond: number
}

/** A token bucket over one amount, such as messages or bytes. */
export class TokenBucket {
  readonly #size: TokenBucketSize
  readonly #now: () => number
  #tokens: number
  #refilledAt: number

  /** @param now milliseconds, from anywhere on */
  constructor(size: TokenBucketSize, now: () => number = () => performance.now()) {
    this.#size = size
    this.#now = now
    this.#tokens = size.burst
    this.#refilledAt = now()
  }

  /** Takes an amount; false, and nothing is taken, where less is left. */
  take(amount: number): boolean {
    const at = this.#now()
    this.#tokens = Math.min(this.#size.burst, this.#tokens + ((at - this.#refilledAt) / 1000) * this.#size.perSecond)
    this.#refilledAt = at
    if (this.#tokens < amount) return false
    this.#tokens -= amount
    return true
  }
}
