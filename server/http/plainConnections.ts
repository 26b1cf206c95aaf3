import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** TLS and what is below it have the same addresses. */
const connectionKey = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress ?? ''} ${remotePort ?? ''}`

/**
 * Bounds the connections that carry no WebSocket and no TURN. Above `most` the oldest one is closed, which HTTP/1.1 lets a server do at any time
 * (RFC 9112 §9.3): a newcomer always gets in, so holders of a seat do as well.
 */
export class PlainConnections {
  /** How many were closed because there were too many. */
  evictedCount = 0
  readonly #maxConnections: number
  /** The oldest first. */
  readonly #open = new Map<string, Socket>()
  /** One for all connections. */
  readonly #untrack: (this: Socket) => void

  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections
    const open = this.#open
    this.#untrack = function forget() {
      const key = connectionKey(this)
      if (open.get(key) === this) open.delete(key)
    }
  }

  /** Call it behind everything that replaces the listeners of `server`. */
  attach(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket))
    server.on('upgrade', ({ socket, headers }: IncomingMessage) => {
      if (headers.upgrade?.toLowerCase() === 'websocket') this.release(socket)
    })
  }

  get count(): number {
    return this.#open.size
  }

  /** The connection carries something else now, which has limits of its own. */
  release(socket: Socket): void {
    const key = connectionKey(socket)
    // A listener that stays costs each WebSocket 400 bytes.
    this.#open.get(key)?.off('close', this.#untrack)
    this.#open.delete(key)
  }

  #add(socket: Socket): void {
    const key = connectionKey(socket)
    const [oldest] = this.#open.size >= this.#maxConnections ? this.#open : []
    if (oldest) {
      this.evictedCount++
      this.#open.delete(oldest[0])
      oldest[1].destroy()
    }
    this.#open.set(key, socket)
    socket.on('close', this.#untrack)
  }
}
