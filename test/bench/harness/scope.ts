type Stop = () => void | Promise<void>

/** Holds what was started; stops it all, last first, also when the process is told to end. */
export class Scope {
  #stops: Stop[] = []
  #closing: Promise<void> | undefined

  defer(stop: Stop): void {
    this.#stops.push(stop)
  }

  /** Runs `work` in a scope of its own. */
  async within<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
    const inner = new Scope()
    this.defer(() => inner.close())
    try {
      return await work(inner)
    } finally {
      await inner.close()
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#stopAll())
  }

  async #stopAll(): Promise<void> {
    for (const stop of this.#stops.reverse()) {
      try {
        await stop()
      } catch (error) {
        console.error('could not stop:', error)
      }
    }
    this.#stops = []
  }
}
