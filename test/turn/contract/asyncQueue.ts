/** A queue of received items. */
export class AsyncQueue<T> {
  readonly #items: T[] = []
  count = 0
  #wake = (): void => {}

  push(thing: T): void {
    this.count++
    this.#items.push(thing)
    this.#wake()
  }

  /** Waits for the next item; only the test's timeout ends the wait. */
  async next(): Promise<T> {
    while (this.#items.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#items.shift()!
  }
}
