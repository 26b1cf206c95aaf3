import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkKey } from '../../turn/index.ts'

/** The share of a network's connections that one pass over all connections selects. */
const batchShare = 1 / 4

/** A TLS socket and its TCP socket have the same key. */
const connectionKey = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress ?? ''} ${remotePort ?? ''}`

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
  readonly #open = new Map<string, Socket>()
  /** The last element is the next to close. */
  #candidates: [key: string, socket: Socket][] = []
  /** One close listener for all connections. */
  readonly #untrack: (this: Socket) => void

  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections
    const open = this.#open
    this.#untrack = function forget() {
      const key = connectionKey(this)
      if (open.get(key) === this) open.delete(key)
    }
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
    const key = connectionKey(socket)
    // A remaining listener would cost 400 bytes per WebSocket.
    this.#open.get(key)?.off('close', this.#untrack)
    this.#open.delete(key)
  }

  #add(socket: Socket): void {
    const key = connectionKey(socket)
    if (this.#open.size >= this.#maxConnections) this.#evict()
    this.#open.set(key, socket)
    socket.on('close', this.#untrack)
  }

  #evict(): void {
    const [key, socket] = this.#nextCandidate() ?? []
    if (!key || !socket) return
    this.evictedCount++
    this.#open.delete(key)
    socket.destroy()
  }

  #nextCandidate(): [string, Socket] | undefined {
    for (let next = this.#candidates.pop(); next; next = this.#candidates.pop())
      if (this.#open.get(next[0]) === next[1]) return next
    this.#candidates = listCandidates(this.#open)
    return this.#candidates.pop()
  }
}

function listCandidates(open: ReadonlyMap<string, Socket>): [string, Socket][] {
  const networks = new Map<string, [string, Socket][]>()
  let largest: [string, Socket][] = []
  for (const entry of open) {
    const network = networkKey(entry[1].remoteAddress ?? '', 48)
    const connections = networks.get(network) ?? []
    networks.set(network, connections)
    if (connections.push(entry) > largest.length) largest = connections
  }
  return largest.slice(0, Math.ceil(largest.length * batchShare)).reverse()
}
