import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface InFlightLimits {
  /** Requests of one connection that are not answered yet. Browsers send one at a time; HTTP/1.1 lets a client pipeline more. */
  perConnection: number
  /** Requests of all connections that are not answered yet. A response costs about 4 KB until its client has taken it. */
  total: number
}

export const inFlightLimits: InFlightLimits = { perConnection: 64, total: 2_048 }

/** What becomes of a request: `last` is answered, and then its connection closes; `dropped` is never answered. */
export type InFlightDecision = 'answered' | 'last' | 'dropped' | 'overloaded'

/**
 * Counts requests from their arrival until their response is taken or their connection ends. A client that pipelines more than
 * `perConnection` gets that many answers and a closed connection, which HTTP lets a server do at any time (RFC 9112 §9.3.2).
 */
export class InFlightRequests {
  readonly #limits: InFlightLimits
  readonly #connections = new WeakMap<Socket, { unanswered: number; isEnding: boolean }>()
  #total = 0

  constructor(limits: InFlightLimits = inFlightLimits) {
    this.#limits = limits
  }

  /** How many are not answered yet. */
  get total(): number {
    return this.#total
  }

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

  /** Node does not close the responses that wait behind another one when their connection goes away. */
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
