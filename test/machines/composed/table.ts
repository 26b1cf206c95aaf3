/** Gives equal values one number, so that what is made of numbers can be compared, kept and looked up as such. */
export class Table<T> {
  readonly #numbers = new Map<string, number>()
  readonly #values: T[] = []
  readonly #keyOf: (value: T) => string

  constructor(keyOf: (value: T) => string = JSON.stringify) {
    this.#keyOf = keyOf
  }

  numberOf(value: T): number {
    const key = this.#keyOf(value)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#values.length)
    return this.#values.push(value) - 1
  }

  at(number: number): T {
    return this.#values[number]!
  }

  get size(): number {
    return this.#values.length
  }
}
