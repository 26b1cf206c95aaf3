/** Time for packets of streams in one turn of the event loop, in ms. Later packets wait. */
const maxMsPerTurn = 5

/** Time for one waiting connection before the next network has its turn, in ms. */
const sliceMs = 1

/** Returns whether packets still wait. Stops at the first packet for which `hasTime` returns false. */
export type ReadPackets = (hasTime: () => boolean) => boolean

/**
 * Shares the event loop fairly between streams. One read of a socket holds up to 3,000 requests, and Node reads
 * 32 times in a row. Without a limit one connection with 4 MB of requests blocked the process for more than 6 s.
 * Packets that exceed the time of a turn wait in round-robin by network (IPv4 address or IPv6 /48).
 */
export class StreamTurns {
  /** Waiting connections by network, in the order of turns. */
  readonly #waiting = new Map<string, ReadPackets[]>()
  #turnStartedAt = 0
  #isInTurn = false

  /** True if packets wait for a turn of the event loop. */
  get hasWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /**
   * Reads the packets of a connection. They wait if other packets wait, or if this turn has no time left.
   * @returns true if the connection waits; then `readPackets` is called again until it returns false
   */
  read(network: string, readPackets: ReadPackets): boolean {
    if (this.#waiting.size === 0 && !readPackets(this.#hasTime)) return false
    this.#enqueue(network, readPackets)
    return true
  }

  #enqueue(network: string, readPackets: ReadPackets): void {
    if (this.#waiting.size === 0) setImmediate(this.#flush)
    const queue = this.#waiting.get(network)
    if (queue) queue.push(readPackets)
    else this.#waiting.set(network, [readPackets])
  }

  readonly #hasTime = (): boolean => {
    const now = performance.now()
    if (!this.#isInTurn) {
      this.#isInTurn = true
      this.#turnStartedAt = now
      setImmediate(this.#endTurn)
    }
    return now - this.#turnStartedAt < maxMsPerTurn
  }

  readonly #endTurn = (): void => {
    this.#isInTurn = false
  }

  readonly #flush = (): void => {
    const endsAt = performance.now() + maxMsPerTurn
    for (let now = 0; now < endsAt && this.#waiting.size > 0; now = performance.now()) {
      const [[network, [readPackets, ...rest]]] = [...this.#waiting] as [[string, ReadPackets[]]]
      const sliceEndsAt = performance.now() + sliceMs
      this.#waiting.delete(network)
      const isUnfinished = readPackets!(() => performance.now() < sliceEndsAt)
      const queue = isUnfinished ? [...rest, readPackets!] : rest
      if (queue.length > 0) this.#waiting.set(network, queue)
    }
    if (this.#waiting.size > 0) setImmediate(this.#flush)
  }
}
