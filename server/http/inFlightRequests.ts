import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Limits of unanswered requests. */
export interface InFlightLimits {
  /** Unanswered requests of one connection. Browsers send one at a time; HTTP/1.1 lets a client pipeline more. */
  perConnection: number
  /** Unanswered requests of all connections. A response costs about 4 KB until its client has read it. */
  total: number
}

export const inFlightLimits: InFlightLimits = { perConnection: 64, total: 2_048 }

/** How a request is handled. `last`: answered, then its connection closes. `dropped`: never answered. */
export type InFlightDecision = 'answered' | 'last' | 'dropped' | 'overloaded'

/**
 * Counts requests from their arrival until their response is read or their connection ends.
 * A client that pipelines more than `perConnection` requests gets that many responses, then the connection closes.
 * A server may close a connection at any time (RFC 9112 §9.3.2).
 */
export class InFlightRequests {
  readonly #limits: InFlightLimits
  readonly #connections = new WeakMap<Socket, { unanswered: number; isEnding: boolean }>()
  #total = 0

  constructor(limits: InFlightLimits = inFlightLimits) {
    this.#limits = limits
  }

  /** Unanswered requests of all connections. */
  get total(): number {
    return this.#total
  }

  /** Counts a request and decides how it is handled. Call once per request. */
  admit({ socket }: IncomingMessage, response: ServerResponse): InFlightDecision {
    const connection = this.#connections.get(socket) ?? this.#track(socket)
    if (connection.isEnding) return 'dropped'
    if (this.#total >= this.#limits.total) return 'overloaded'
    this.#total++
    connection.unanswered++
    connection.isEnding = connection.unanswered >= this.#limits.perConnection
    response.once('close', () => {
      if (connection.unanswered === 0) return
      connection.unanswered--
      this.#total--
    })
    return connection.isEnding ? 'last' : 'answered'
  }

  /** When a connection closes, Node does not close its queued responses. */
  #track(socket: Socket) {
    const connection = { unanswered: 0, isEnding: false }
    this.#connections.set(socket, connection)
    socket.once('close', () => {
      this.#total -= connection.unanswered
      connection.unanswered = 0
      connection.isEnding = true
    })
    return connection
  }
}
