import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkKey, peerOf } from '../../turn/index.ts'
import { EvictionOrder } from '../limits/evictionOrder.ts'

type ConnectionKey = string | Socket

/** A TLS socket and its TCP socket have the same key. A connection at a Unix socket has no TLS. */
const keyOf = (socket: Socket): ConnectionKey => peerOf(socket) ?? socket

/**
 * Limits the connections that carry neither a WebSocket nor TURN. At the limit a new connection evicts the oldest one
 * of the largest network (IPv4 address or IPv6 /48). A server may close a connection at any time (RFC 9112 §9.3).
 * New connections, also of seat holders, always open.
 */
export class PlainConnections {
  /** Connections closed at the limit. */
  evictedCount = 0
  readonly #maxConnections: number
  /** Open connections, oldest first. */
  readonly #open = new Map<ConnectionKey, Socket>()
  readonly #evictionOrder: EvictionOrder<[key: ConnectionKey, socket: Socket]>
  /** One close listener for all connections. */
  readonly #untrack: (this: Socket) => void

  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections
    const open = this.#open
    this.#untrack = function forget() {
      const key = keyOf(this)
      if (open.get(key) === this) open.delete(key)
    }
    this.#evictionOrder = new EvictionOrder({
      list: () => open,
      getNetwork: ([, socket]) => networkKey(socket.remoteAddress ?? '', 48),
      canEvict: ([key, socket]) => open.get(key) === socket,
    })
  }

  /** Call it once, after any code that replaces the listeners of `server`. */
  attach(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket))
    server.on('upgrade', ({ socket, headers }: IncomingMessage) => {
      if (headers.upgrade?.toLowerCase() === 'websocket') this.release(socket)
    })
  }

  /** Number of open connections that carry neither a WebSocket nor TURN. */
  get count(): number {
    return this.#open.size
  }

  /** Stops counting a connection that now carries a WebSocket or TURN, which have their own limits. */
  release(socket: Socket): void {
    const key = keyOf(socket)
    // A remaining listener would cost 400 bytes per WebSocket.
    this.#open.get(key)?.off('close', this.#untrack)
    this.#open.delete(key)
  }

  #add(socket: Socket): void {
    // The handshake queue may have closed it already.
    if (socket.destroyed) return
    const key = keyOf(socket)
    if (this.#open.size >= this.#maxConnections) this.#evict()
    this.#open.set(key, socket)
    socket.on('close', this.#untrack)
  }

  #evict(): void {
    const [key, socket] = this.#evictionOrder.next() ?? []
    if (!key || !socket) return
    this.evictedCount++
    this.#open.delete(key)
    socket.destroy()
  }
}
