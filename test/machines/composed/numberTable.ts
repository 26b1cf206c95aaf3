/** Gives equal values one number, so that what is made of numbers can be compared, kept and looked up as such. */
export class NumberTable<T> {
  readonly #numbers = new Map<string, number>()
  readonly #values: T[] = []
  /** Values never change: the key of one that was seen is not made again. */
  readonly #seen = new WeakMap<object, number>()
  readonly #keyOf: (value: T) => string

  constructor(keyOf: (value: T) => string = JSON.stringify) {
    this.#keyOf = keyOf
  }

  numberOf(value: T): number {
    if (typeof value !== 'object' || value === null) return this.#numberBy(value)
    const seen = this.#seen.get(value)
    if (seen !== undefined) return seen
    const number = this.#numberBy(value)
    this.#seen.set(value, number)
    return number
  }

  at(number: number): T {
    return this.#values[number]!
  }

  get size(): number {
    return this.#values.length
  }

  #numberBy(value: T): number {
    const key = this.#keyOf(value)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#values.length)
    return this.#values.push(value) - 1
  }
}
