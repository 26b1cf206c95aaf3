import { createHash, randomBytes } from 'node:crypto'
import { timeouts } from '../../machines/protocol/timeouts.ts'

/** Drain state: the server is shutting down and asks clients to reconnect after a delay. */
export class Drain {
  /** Time in ms that clients have to reconnect to another server; 0 if there is none. */
  readonly spreadMs: number
  #isDraining = false
  readonly #listeners = new Set<() => void>()
  /** Random, so that nobody chooses a room that moves first. */
  readonly #salt = randomBytes(16)

  constructor(spreadMs = 0) {
    this.spreadMs = spreadMs
  }

  /** True from `start` until the process ends. New joins are then rejected as `unavailable`. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Enters the drain state and notifies the listeners. Cannot be undone. */
  start(): void {
    this.#isDraining = true
    for (const listener of this.#listeners) listener()
  }

  /**
   * The delay in ms after which the clients of a room reconnect. It is the same for both, because they must meet at the
   * other server, and different for each room.
   */
  reconnectDelayMs(room: string): number {
    const part = createHash('sha256').update(this.#salt).update(room).digest().readUInt32BE() / 2 ** 32
    return Math.round(part * (this.spreadMs || timeouts.drainSpreadMs))
  }

  /** Calls `listener` when the drain starts. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
