/** A bucket that holds `size` drops and refills by the second: who finds it empty has to wait. */
export class Bucket {
  readonly #size: number
  readonly #perSecond: number
  #drops: number
  #at: number

  constructor(size: number, perSecond: number, at: number) {
    this.#size = size
    this.#perSecond = perSecond
    this.#drops = size
    this.#at = at
  }

  /** Takes one drop; false when there is none. */
  take(at: number): boolean {
    this.#drops = Math.min(this.#size, this.#drops + ((at - this.#at) / 1000) * this.#perSecond)
    this.#at = at
    if (this.#drops < 1) return false
    this.#drops -= 1
    return true
  }
}
