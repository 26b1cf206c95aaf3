import type { WebSocket } from 'ws'
import type { Limits } from '../../machines/protocol/limits.ts'
import type { timeouts } from '../../machines/protocol/timeouts.ts'
import type { ClientSession } from '../api/clientSession.ts'

/**
 * Why the server closed a socket. `rate_limit`: it sent too much. `protocol_error`: it broke RFC 6455 or a frame limit.
 * `evicted`: it had no seat while there were too many sockets. `lease_lost`: other nodes end the seats of this one.
 */
export type DisconnectReason =
  'no_first_message' | 'ping_timeout' | 'backpressure' | 'rate_limit' | 'protocol_error' | 'evicted' | 'lease_lost'

/** Timeouts of a silent socket, in ms. */
export type SocketTimeouts = {
  readonly [
    Name in Extract<keyof typeof timeouts, 'firstMessageTimeoutMs' | 'serverPingIntervalMs' | 'serverPongTimeoutMs'>
  ]: number
}

/** True when more than half of the send buffer limit is queued; then only replies are sent, no events. */
export const isBackpressured = ({ bufferedAmount }: WebSocket, unsentBytesPerSocket: number): boolean =>
  bufferedAmount > unsentBytesPerSocket / 2

/** Interval of the health sweep, in ms. A socket that would time out before the next sweep is closed in this one. */
export const sweepIntervalMs = 1_000

/** A sweep that is later than this, in ms, lets the event loop read the sockets before it checks them. */
export const lateSweepMs = 100

/**
 * The reason to close a socket now, or null. Called by each health sweep; updates `session.backpressuredSince`.
 * @param nowMs on the clock of `lastMessageAt`, which stops while the event loop is blocked
 */
export function disconnectReason(
  socket: WebSocket,
  session: ClientSession,
  { unsentBytesPerSocket }: Pick<Limits, 'unsentBytesPerSocket'>,
  { firstMessageTimeoutMs, serverPongTimeoutMs }: SocketTimeouts,
  nowMs: number,
): DisconnectReason | null {
  session.backpressuredSince = isBackpressured(socket, unsentBytesPerSocket)
    ? (session.backpressuredSince ?? nowMs)
    : null
  if (!session.hasSentMessage && nowMs - session.lastMessageAt >= firstMessageTimeoutMs - sweepIntervalMs)
    return 'no_first_message'
  if (session.pingSentAt !== null && nowMs - session.pingSentAt >= serverPongTimeoutMs) return 'ping_timeout'
  return session.backpressuredSince !== null && nowMs - session.backpressuredSince >= serverPongTimeoutMs
    ? 'backpressure'
    : null
}
