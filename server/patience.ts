import type { WebSocket } from 'ws'
import type { SocketLimits } from './limits.ts'
import type { Visitor } from './visitor.ts'

/** `silent` said nothing at first, `gone` does not answer, `slow` does not take what it is sent, `flooding` says too much. */
export type Reason = 'silent' | 'gone' | 'slow' | 'flooding'

/** So much waits for its other end already that nothing but answers is added. */
export const isClogged = ({ bufferedAmount }: WebSocket, unsentBytes: number): boolean => bufferedAmount > unsentBytes / 2

/** How often sockets are looked at. Who would say nothing until the next time has said nothing in time. */
export const lookMs = 1_000

/** Why a socket is to be given up, looked at from time to time. */
export function reasonAgainst(socket: WebSocket, visitor: Visitor, limits: SocketLimits, at: number): Reason | null {
  const { firstMessage, serverPatience, unsentBytes } = limits
  visitor.cloggedAt = isClogged(socket, unsentBytes) ? visitor.cloggedAt ?? at : null
  if (!visitor.hasSpoken && at - visitor.heardAt >= firstMessage - lookMs) return 'silent'
  if (visitor.askedAt !== null && at - visitor.askedAt >= serverPatience) return 'gone'
  return visitor.cloggedAt !== null && at - visitor.cloggedAt >= serverPatience ? 'slow' : null
}
