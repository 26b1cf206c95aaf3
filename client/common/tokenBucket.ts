/** The sizes of a token bucket: what may come at once, and what may come each second after that. */
export interface AllowanceSize { burst: number; perSecond: number }

/** A token bucket over one amount, such as messages or bytes. */
export class Allowance {
  readonly #size: AllowanceSize
  readonly #now: () => number
  #left: number
  #at: number

  /** @param now milliseconds, from anywhere on */
  constructor(size: AllowanceSize, now: () => number = () => performance.now()) {
    this.#size = size
    this.#now = now
    this.#left = size.burst
    this.#at = now()
  }

  /** Takes an amount; false, and nothing is taken, where less is left. */
  take(amount: number): boolean {
    const at = this.#now()
    this.#left = Math.min(this.#size.burst, this.#left + ((at - this.#at) / 1000) * this.#size.perSecond)
    this.#at = at
    if (this.#left < amount) return false
    this.#left -= amount
    return true
  }
}
