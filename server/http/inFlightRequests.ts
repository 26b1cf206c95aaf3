import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import { networkKey } from '../../turn/index.ts'

type InFlightLimits = Pick<Limits, 'requestsInFlightPerConnection' | 'requestsInFlightTotal'>

/** How a request is handled. `last`: answered, then its connection closes. `dropped`: never answered. */
export type InFlightDecision = 'answered' | 'last' | 'dropped' | 'overloaded'

interface Connection {
  unanswered: number
  isEnding: boolean
  /** The IPv4 address or IPv6 /48 of the client, or of its proxy. */
  readonly network: string
}

/**
 * Counts requests from their arrival until their response is read or their connection ends.
 * A client that pipelines more than `requestsInFlightPerConnection` requests gets that many responses, then the
 * connection closes. A server may close a connection at any time (RFC 9112 §9.3.2). At the total limit the connection with the most
 * unanswered requests is closed, of the network with the most.
 */
export class InFlightRequests {
  readonly #limits: InFlightLimits
  /** All connections. */
  readonly #connections = new WeakMap<Socket, Connection>()
  /** Connections with unanswered requests. */
  readonly #unanswered = new Map<Connection, Socket>()
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
    if (this.#total >= this.#limits.requestsInFlightTotal && !this.#closeLargest(connection)) return 'overloaded'
    this.#add(socket, connection, 1)
    connection.isEnding = connection.unanswered >= this.#limits.requestsInFlightPerConnection
    response.once('close', () => {
      if (connection.unanswered > 0) this.#add(socket, connection, -1)
    })
    return connection.isEnding ? 'last' : 'answered'
  }

  /** When a connection closes, Node does not close its queued responses. */
  #track(socket: Socket): Connection {
    const network = networkKey(socket.remoteAddress ?? '', 48)
    const connection: Connection = { unanswered: 0, isEnding: false, network }
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#end(socket, connection))
    return connection
  }

  #add(socket: Socket, connection: Connection, count: number): void {
    connection.unanswered += count
    this.#total += count
    if (connection.unanswered > 0) this.#unanswered.set(connection, socket)
    else this.#unanswered.delete(connection)
  }

  #end(socket: Socket, connection: Connection): void {
    connection.isEnding = true
    this.#add(socket, connection, -connection.unanswered)
  }

  /**
   * Closes the largest connection of the largest network.
   * Returns false if the newcomer would then be as large as what was closed.
   */
  #closeLargest(newcomer: Connection): boolean {
    const countByNetwork = new Map<string, number>()
    for (const { network, unanswered } of this.#unanswered.keys())
      countByNetwork.set(network, (countByNetwork.get(network) ?? 0) + unanswered)
    const [largestNetwork, most] = [...countByNetwork].reduce(
      (most, next) => (next[1] > most[1] ? next : most),
      ['', 0],
    )
    const largest = [...this.#unanswered.keys()]
      .filter(({ network }) => network === largestNetwork)
      .reduce<Connection | null>((most, next) => (most && most.unanswered >= next.unanswered ? most : next), null)
    if (!largest) return false
    const isLarger =
      largestNetwork === newcomer.network
        ? largest.unanswered > newcomer.unanswered + 1
        : most > (countByNetwork.get(newcomer.network) ?? 0) + 1
    if (!isLarger) return false
    const socket = this.#unanswered.get(largest)!
    this.#end(socket, largest)
    socket.destroy()
    return true
  }
}
