import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'

type InFlightLimits = Pick<Limits, 'requestsInFlightPerConnection' | 'requestsInFlightTotal'>

/** How a request is handled. `last`: answered, then its connection closes. `dropped`: never answered. */
export type InFlightDecision = 'answered' | 'last' | 'dropped' | 'overloaded'

/**
 * Counts requests from their arrival until their response is read or their connection ends.
 * A client that pipelines more than `requestsInFlightPerConnection` requests gets that many responses, then the connection closes.
 * A server may close a connection at any time (RFC 9112 §9.3.2).
 */
export class InFlightRequests {
  readonly #limits: InFlightLimits
  readonly #connections = new WeakMap<Socket, { unanswered: number; isEnding: boolean }>()
  #total = 0

  constructor(limits: InFlightLimits = serverLimits) {
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
    if (this.#total >= this.#limits.requestsInFlightTotal) return 'overloaded'
    this.#total++
    connection.unanswered++
    connection.isEnding = connection.unanswered >= this.#limits.requestsInFlightPerConnection
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
