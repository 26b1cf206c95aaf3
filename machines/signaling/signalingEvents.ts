import type { ErrorCode, JoinedEvent, RoomEvent } from '../protocol/messages.ts'
import type { MediaFlow } from '../protocol/vocabulary.ts'

/** Context, events, commands and effects of signaling. The rule is signalingMachine.ts. */

export interface SignalingContext {
  room: string
  /** Key of the join request, created by the page; null: no seat is wanted. */
  joinKey: string | null
  /** The seat's, once there is one. */
  token: string | null
  /** The token of a seat that was lost: it proves that this page knows the room. */
  formerToken: string | null
  /** How far the mailbox was read. */
  position: string | null
  /** The media state that was reported to the room, or will be. */
  mediaFlow: MediaFlow
  /** Attempts since the last stable connection. */
  attempts: number
  /** Wait before the next attempt. */
  backoffMs: number
}

/** Events after `joined`. */
export type RoomUpdate = Exclude<RoomEvent, JoinedEvent>

export type SignalingEvent =
  // of the page
  | { type: 'page.opened' }
  | { type: 'page.closed' }
  /** Addresses may have changed, or time was slept through: what was open may be dead, what could not be opened may be. */
  | { type: 'network.changed' }
  // of membership; `token`: of the seat to resume
  | { type: 'join.requested'; joinKey: string; token: string | null }
  | { type: 'seat.released' }
  | { type: 'seat.relinquished' }
  // of the call; `signaling.suspected`: no media arrives, so the server may be unreachable too
  | { type: 'media.reported'; mediaFlow: MediaFlow }
  | { type: 'signaling.suspected' }
  | SocketEvent
  // of the clock
  | { type: 'drain.due' }

/** Events of the actor `socket` (one WebSocket). They carry random numbers and new keys, because a machine is pure. */
export type SocketEvent =
  | { type: 'socket.opened' }
  /** The server answered a probe. */
  | { type: 'signaling.alive' }
  /** Dead, silent or refused. `random`: a random number from 0 to 1. */
  | { type: 'socket.closed'; random: number }
  | { type: 'join.accepted'; position: string; seat: JoinedEvent }
  | { type: 'event.received'; position: string; roomEvent: RoomUpdate }
  | { type: 'join.rejected'; code: ErrorCode; random: number; joinKey: string }
  | { type: 'leave.acknowledged' }

/** Commands to that actor. */
export type SocketCommand =
  | {
      type: 'join'
      joinKey: string
      token: string | null
      lastEventId: string | null
      mediaFlow: MediaFlow
      formerToken?: string
    }
  | { type: 'reportMedia'; mediaFlow: MediaFlow }
  | { type: 'leave'; pageClosing: boolean }
  /** Ping the server at once, because the socket may be dead. */
  | { type: 'probe' }

/** What signaling emits, to membership and call. */
export type SignalingEffect =
  | { type: 'join.accepted'; seat: JoinedEvent }
  | { type: 'join.rejected'; code: ErrorCode }
  | { type: 'event.received'; roomEvent: RoomUpdate }
  /** The seat is gone; a new one is requested with this key. */
  | { type: 'join.keyRenewed'; joinKey: string }
  /** The server has freed the seat. */
  | { type: 'leave.acknowledged' }
  | { type: 'signaling.lost' }
  /** The socket was suspected, and the server answers. */
  | { type: 'signaling.alive' }
