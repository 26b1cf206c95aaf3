/** A connection with corked writes. */
export interface CorkedConnection {
  /** Writes everything that is corked. May be called again. */
  flush(): void
}

/**
 * The connections with writes of this turn of the event loop. They are flushed at its end, so that each socket needs one
 * system call for all frames of the turn. Without it a relayed message cost 1.5 times the CPU.
 */
export class WriteBatch {
  #connections: CorkedConnection[] = []

  /** Flushes the connection at the end of this turn. */
  readonly add = (connection: CorkedConnection): void => {
    if (this.#connections.length === 0) setImmediate(this.#flush)
    this.#connections.push(connection)
  }

  readonly #flush = (): void => {
    const connections = this.#connections
    this.#connections = []
    for (const connection of connections) connection.flush()
  }
}
