type Stop = () => void | Promise<void>

/** Collects stop functions. `close` runs them in reverse order, once. */
export class Scope {
  #stops: Stop[] = []
  #closing: Promise<void> | undefined

  /** Registers a stop function. */
  defer(stop: Stop): void {
    this.#stops.push(stop)
  }

  /** Runs `work` in an inner scope and closes it afterwards. */
  async within<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
    const inner = new Scope()
    this.defer(() => inner.close())
    try {
      return await work(inner)
    } finally {
      await inner.close()
    }
  }

  /** Runs all stop functions. Repeated calls return the same promise. */
  close(): Promise<void> {
    return (this.#closing ??= this.#stopAll())
  }

  async #stopAll(): Promise<void> {
    for (const stop of this.#stops.reverse()) {
      try {
        await stop()
      } catch (error) {
        console.error('stop failed:', error)
      }
    }
    this.#stops = []
  }
}
