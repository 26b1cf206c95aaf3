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
export type Admission = 'answered' | 'last' | 'dropped' | 'overloaded'

/**
 * Counts requests from their arrival until their response is taken or their connection ends. A client that pipelines more than
 * `perConnection` gets that many answers and a closed connection, which HTTP lets a server do at any time (RFC 9112 §9.3.2).
 */
export class InFlight {
  readonly #limits: InFlightLimits
  readonly #connections = new WeakMap<Socket, { waiting: number; isEnding: boolean }>()
  #total = 0

  constructor(limits: InFlightLimits = inFlightLimits) {
    this.#limits = limits
  }

  /** How many are not answered yet. */
  get total(): number {
    return this.#total
  }

  admit({ socket }: IncomingMessage, response: ServerResponse): Admission {
    const connection = this.#connections.get(socket) ?? this.#follow(socket)
    if (connection.isEnding) return 'dropped'
    if (this.#total >= this.#limits.total) return 'overloaded'
    this.#total++
    connection.waiting++
    connection.isEnding = connection.waiting >= this.#limits.perConnection
    response.once('close', () => {
      if (connection.waiting === 0) return
      connection.waiting--
      this.#total--
    })
    return connection.isEnding ? 'last' : 'answered'
  }

  /** Node does not close the responses that wait behind another one when their connection goes away. */
  #follow(socket: Socket) {
    const connection = { waiting: 0, isEnding: false }
    this.#connections.set(socket, connection)
    socket.once('close', () => {
      this.#total -= connection.waiting
      connection.waiting = 0
      connection.isEnding = true
    })
    return connection
  }
}
