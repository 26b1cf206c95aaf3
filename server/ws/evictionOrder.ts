import type { WebSocket } from 'ws'
import type { ClientSession } from '../api/clientSession.ts'

/** The share of a network's seatless sockets that one pass over all sockets selects. */
const batchShare = 1 / 4

/**
 * Chooses the sockets to close when there are too many: sockets without a seat, oldest first, of the network with
 * the most of them (IPv4 address or IPv6 /48). A returning seat holder lacks a seat for one round trip only, so its
 * socket is never the oldest.
 */
export class EvictionOrder {
  /** The last element is the next to close. */
  #candidates: WebSocket[] = []

  /** Returns the socket to close; null if every socket has a seat. */
  next(sessions: ReadonlyMap<WebSocket, ClientSession>): WebSocket | null {
    for (let socket = this.#candidates.pop(); socket; socket = this.#candidates.pop())
      if (isSeatless(socket, sessions.get(socket))) return socket
    this.#candidates = listCandidates(sessions)
    return this.#candidates.pop() ?? null
  }
}

function listCandidates(sessions: ReadonlyMap<WebSocket, ClientSession>): WebSocket[] {
  const networks = new Map<string, WebSocket[]>()
  let largest: WebSocket[] = []
  for (const [socket, session] of sessions) {
    if (!isSeatless(socket, session)) continue
    const sockets = networks.get(session.networkPrefix) ?? []
    networks.set(session.networkPrefix, sockets)
    if (sockets.push(socket) > largest.length) largest = sockets
  }
  return largest.slice(0, Math.ceil(largest.length * batchShare)).reverse()
}

const isSeatless = (socket: WebSocket, session: ClientSession | undefined): boolean =>
  socket.readyState === socket.OPEN && session !== undefined && !session.hasSeat
