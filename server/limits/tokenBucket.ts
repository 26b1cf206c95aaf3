/** A token bucket: holds `size` tokens and refills by `perSecond`. Times are in ms, on any clock that only goes forward. */
export class Bucket {
  readonly #size: number
  readonly #perSecond: number
  #tokens: number
  #at: number

  constructor(size: number, perSecond: number, at: number) {
    this.#size = size
    this.#perSecond = perSecond
    this.#tokens = size
    this.#at = at
  }

  /** Takes `cost` tokens; takes none and returns false when there are fewer. */
  take(at: number, cost = 1): boolean {
    if (this.level(at) < cost) return false
    this.#tokens -= cost
    return true
  }

  /** How many tokens there are. */
  level(at: number): number {
    this.#tokens = Math.min(this.#size, this.#tokens + ((at - this.#at) / 1000) * this.#perSecond)
    this.#at = at
    return this.#tokens
  }

  isFull(at: number): boolean {
    return this.level(at) >= this.#size
  }
}
