/** The capacity of a token bucket (`burst`) and its refill rate (`perSecond`). */
export interface TokenBucketSize {
  burst: number
  perSecond: number
}

/** A token bucket for one kind of amount, such as messages or bytes. */
export class TokenBucket {
  readonly #size: TokenBucketSize
  readonly #now: () => number
  #tokens: number
  #refilledAt: number

  /** @param now a monotonic clock in ms, with any origin */
  constructor(size: TokenBucketSize, now: () => number = () => performance.now()) {
    this.#size = size
    this.#now = now
    this.#tokens = size.burst
    this.#refilledAt = now()
  }

  /** Takes `amount` tokens. Returns false, and takes nothing, if fewer are left. */
  take(amount: number): boolean {
    const at = this.#now()
    this.#tokens = Math.min(this.#size.burst, this.#tokens + ((at - this.#refilledAt) / 1000) * this.#size.perSecond)
    this.#refilledAt = at
    if (this.#tokens < amount) return false
    this.#tokens -= amount
    return true
  }
}
