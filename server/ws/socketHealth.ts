import type { WebSocket } from 'ws'
import type { SocketLimits } from '../config/socketLimits.ts'
import type { Visitor } from '../api/clientSession.ts'

/**
 * `silent` said nothing at first, `gone` does not answer, `slow` does not take what it is sent, `flooding` says too much, `malformed` breaks
 * RFC 6455 or a limit of its frames, `crowded` had no seat when there were too many sockets.
 */
export type Reason = 'silent' | 'gone' | 'slow' | 'flooding' | 'malformed' | 'crowded'

/** So much waits for its other end already that nothing but answers is added. */
export const isClogged = ({ bufferedAmount }: WebSocket, unsentBytes: number): boolean => bufferedAmount > unsentBytes / 2

/** Interval of the health sweep, in ms. A socket that would time out before the next sweep is closed in this one. */
export const lookMs = 1_000

/** A sweep that is later than this, in ms, lets the event loop read the sockets before it judges any. */
export const lateMs = 100

/**
 * Why a socket is closed, looked at from time to time.
 * @param at in ms on the clock of `heardAt`, which stands still while the event loop does not read
 */
export function reasonAgainst(socket: WebSocket, visitor: Visitor, limits: SocketLimits, at: number): Reason | null {
  const { firstMessage, serverPatience, unsentBytes } = limits
  visitor.cloggedAt = isClogged(socket, unsentBytes) ? visitor.cloggedAt ?? at : null
  if (!visitor.hasSpoken && at - visitor.heardAt >= firstMessage - lookMs) return 'silent'
  if (visitor.askedAt !== null && at - visitor.askedAt >= serverPatience) return 'gone'
  return visitor.cloggedAt !== null && at - visitor.cloggedAt >= serverPatience ? 'slow' : null
}
