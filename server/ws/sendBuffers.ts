import type { WebSocket } from 'ws'
import type { Limits } from '../../machines/protocol/limits.ts'
import { AddressUsage } from '../limits/addressUsage.ts'

type SendBufferLimits = Pick<Limits, 'unsentBytesPerNetwork' | 'unsentBytesTotal'>

interface BufferedSocket {
  /** An IPv4 address or an IPv6 /48. */
  network: string
  bytes: number
}

/**
 * Unsent bytes of all sockets, limited per network (IPv4 address or IPv6 /48) and in total. trpcConnection.ts limits
 * each socket.
 */
export class SendBuffers {
  readonly #limits: SendBufferLimits
  readonly #usage = new AddressUsage()
  readonly #sockets = new Map<WebSocket, BufferedSocket>()

  constructor(limits: SendBufferLimits) {
    this.#limits = limits
  }

  /**
   * Call after a write that left bytes in the send buffer.
   * @returns the socket to disconnect: the one with the most unsent bytes, of that network or of the largest one;
   * undefined within the limits
   */
  record(socket: WebSocket, network: string): WebSocket | undefined {
    this.#set(socket, network)
    const { unsentBytesPerNetwork, unsentBytesTotal } = this.#limits
    const isOver = (): boolean =>
      this.#usage.usedBy(network) > unsentBytesPerNetwork || this.#usage.total > unsentBytesTotal
    if (!isOver()) return undefined
    this.refresh()
    if (!isOver()) return undefined
    const largest = this.#usage.usedBy(network) > unsentBytesPerNetwork ? network : this.#usage.largestUser()
    return this.#largestSocket(largest)
  }

  /** Updates the bytes of every congested socket. */
  refresh(): void {
    // Iterates over a copy, because `#set` moves an entry to the end.
    for (const [socket, { network }] of [...this.#sockets]) this.#set(socket, network)
  }

  /** Call when a socket closes. */
  remove(socket: WebSocket): void {
    const known = this.#sockets.get(socket)
    if (!known) return
    this.#usage.add(known.network, -known.bytes)
    this.#sockets.delete(socket)
  }

  #set(socket: WebSocket, network: string): void {
    this.remove(socket)
    const bytes = socket.bufferedAmount
    if (bytes === 0) return
    this.#sockets.set(socket, { network, bytes })
    this.#usage.add(network, bytes)
  }

  #largestSocket(network: string | undefined): WebSocket | undefined {
    let largest: WebSocket | undefined
    let maxBytes = 0
    for (const [socket, buffered] of this.#sockets) {
      if (buffered.network !== network || buffered.bytes <= maxBytes) continue
      largest = socket
      maxBytes = buffered.bytes
    }
    return largest
  }
}
