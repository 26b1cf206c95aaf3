import { timeouts } from '../../machines/protocol/timeouts.ts'

/** Drain state: the server is shutting down and asks clients to reconnect after a random delay. */
export class Drain {
  #isDraining = false
  readonly #listeners = new Set<() => void>()

  /** True from `start` until the process ends. New joins are then rejected as `unavailable`. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Enters the drain state and notifies the listeners. Cannot be undone. */
  start(): void {
    this.#isDraining = true
    for (const listener of this.#listeners) listener()
  }

  /** A random delay in ms after which one client may reconnect. */
  reconnectDelayMs(): number {
    return Math.round(Math.random() * timeouts.drainSpreadMs)
  }

  /** Calls `listener` when the drain starts. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
