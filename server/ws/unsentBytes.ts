import type { WebSocket } from 'ws'
import { Ledger } from '../limits/ledger.ts'
import type { SocketLimits } from '../config/socketLimits.ts'

type UnsentLimits = Pick<SocketLimits, 'unsentBytesPerAddress' | 'unsentBytesTotal'>

interface Congested {
  address: string
  bytes: number
}

/** The bytes that sockets have not taken yet, bounded for each address and in total (for each socket: trpcConnection.ts). */
export class Unsent {
  readonly #limits: UnsentLimits
  readonly #ledger = new Ledger()
  readonly #congested = new Map<WebSocket, Congested>()

  constructor(limits: UnsentLimits) {
    this.#limits = limits
  }

  /**
   * Call after a write that the kernel did not take at once.
   * @returns the socket to give up: the one with most unsent bytes, of that address or of all; undefined within the limits
   */
  note(socket: WebSocket, address: string): WebSocket | undefined {
    this.#set(socket, address)
    const { unsentBytesPerAddress, unsentBytesTotal } = this.#limits
    const isOver = (): boolean => this.#ledger.of(address) > unsentBytesPerAddress || this.#ledger.total > unsentBytesTotal
    if (!isOver()) return undefined
    this.refresh()
    if (!isOver()) return undefined
    const largest = this.#ledger.of(address) > unsentBytesPerAddress ? address : this.#ledger.largest()
    return this.#worstOf(largest)
  }

  /** Looks at every congested socket again: some have taken their bytes since. */
  refresh(): void {
    // A copy, because an entry that is set again moves to the end.
    for (const [socket, { address }] of [...this.#congested]) this.#set(socket, address)
  }

  forget(socket: WebSocket): void {
    const known = this.#congested.get(socket)
    if (!known) return
    this.#ledger.add(known.address, -known.bytes)
    this.#congested.delete(socket)
  }

  #set(socket: WebSocket, address: string): void {
    this.forget(socket)
    const bytes = socket.bufferedAmount
    if (bytes === 0) return
    this.#congested.set(socket, { address, bytes })
    this.#ledger.add(address, bytes)
  }

  #worstOf(address: string | undefined): WebSocket | undefined {
    let worst: WebSocket | undefined
    let most = 0
    for (const [socket, congested] of this.#congested) {
      if (congested.address !== address || congested.bytes <= most) continue
      worst = socket
      most = congested.bytes
    }
    return worst
  }
}
