/** Gives equal values one number, so values that consist of numbers can be compared and stored as keys. */
export class NumberTable<T> {
  readonly #numbers = new Map<string, number>()
  readonly #values: T[] = []
  /** Values are immutable, so a value seen before needs no new key. */
  readonly #seen = new WeakMap<object, number>()
  readonly #keyOf: (value: T) => string

  constructor(keyOf: (value: T) => string = JSON.stringify) {
    this.#keyOf = keyOf
  }

  /** Returns the value's number, a new one for a new value. */
  numberOf(value: T): number {
    if (typeof value !== 'object' || value === null) return this.#numberBy(value)
    const seen = this.#seen.get(value)
    if (seen !== undefined) return seen
    const number = this.#numberBy(value)
    this.#seen.set(value, number)
    return number
  }

  /** Returns the value with this number. */
  at(number: number): T {
    return this.#values[number]!
  }

  /** Number of different values. */
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
