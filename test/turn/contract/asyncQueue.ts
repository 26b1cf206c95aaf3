/** What has come and was not taken yet, in order. */
export class AsyncQueue<T> {
  readonly #items: T[] = []
  count = 0
  #wake = (): void => {}

  push(thing: T): void {
    this.count++
    this.#items.push(thing)
    this.#wake()
  }

  /** The test's own timeout ends it. */
  async next(): Promise<T> {
    while (this.#items.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#items.shift()!
  }
}
