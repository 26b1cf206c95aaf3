/** What has come and was not taken yet, in order. */
export class Inbox<T> {
  readonly #came: T[] = []
  count = 0
  #wake = (): void => {}

  put(thing: T): void {
    this.count++
    this.#came.push(thing)
    this.#wake()
  }

  /** The test's own patience ends it. */
  async next(): Promise<T> {
    while (this.#came.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#came.shift()!
  }
}
