import type { WebSocket } from 'ws'
import type { Visitor } from '../api/clientSession.ts'

/** The share of a network's sockets that is picked in one look at all sockets. */
const pickedShare = 1 / 4

/**
 * Picks the sockets that are closed when there are too many: sockets without a seat, of the network (IPv4 address or IPv6 /48) that has most of
 * them, the oldest first. A holder who comes back has no seat for one round trip only, and is never the oldest.
 */
export class Crowd {
  /** The next to close is the last. */
  #picked: WebSocket[] = []

  /** @returns a socket to close; null where each has a seat */
  pick(visitors: ReadonlyMap<WebSocket, Visitor>): WebSocket | null {
    for (let socket = this.#picked.pop(); socket; socket = this.#picked.pop()) if (isSeatless(socket, visitors.get(socket))) return socket
    this.#picked = pickFrom(visitors)
    return this.#picked.pop() ?? null
  }
}

function pickFrom(visitors: ReadonlyMap<WebSocket, Visitor>): WebSocket[] {
  const networks = new Map<string, WebSocket[]>()
  let largest: WebSocket[] = []
  for (const [socket, visitor] of visitors) {
    if (!isSeatless(socket, visitor)) continue
    const sockets = networks.get(visitor.network) ?? []
    networks.set(visitor.network, sockets)
    if (sockets.push(socket) > largest.length) largest = sockets
  }
  return largest.slice(0, Math.ceil(largest.length * pickedShare)).reverse()
}

const isSeatless = (socket: WebSocket, visitor: Visitor | undefined): boolean =>
  socket.readyState === socket.OPEN && visitor !== undefined && !visitor.hasSeat
