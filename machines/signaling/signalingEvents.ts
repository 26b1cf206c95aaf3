import type { ErrorCode, JoinedEvent, RoomEvent } from '../protocol/messages.ts'
import type { MediaFlow } from '../protocol/vocabulary.ts'

/** Context of the signaling machine (signalingMachine.ts). */
export interface SignalingContext {
  room: string
  /** Key of the join request, created by the page; null if no seat is requested. */
  joinKey: string | null
  /** Token of the seat; null before the first join. */
  token: string | null
  /** Token of a lost seat. It proves that this page knows the room. */
  formerToken: string | null
  /** Read position in the mailbox. */
  position: string | null
  /** The media state that is reported to the room. */
  mediaFlow: MediaFlow
  /** Attempts since the last stable connection. */
  attempts: number
  /** Delay before the next attempt. */
  backoffMs: number
}

/** Events after `joined`. */
export type RoomUpdate = Exclude<RoomEvent, JoinedEvent>

export type SignalingEvent =
  // from the page
  | { type: 'page.opened' }
  | { type: 'page.closed' }
  /** Addresses may have changed, or the device slept. An open socket may be dead, and a new one may now open. */
  | { type: 'network.changed' }
  // from membership; `token`: of the seat to resume
  | { type: 'join.requested'; joinKey: string; token: string | null }
  | { type: 'seat.released' }
  | { type: 'seat.relinquished' }
  // from the call; `signaling.suspected`: no media arrives, so the server may be unreachable, too
  | { type: 'media.reported'; mediaFlow: MediaFlow }
  | { type: 'signaling.suspected' }
  | SocketEvent
  // from a timer
  | { type: 'drain.due' }

/**
 * Events of the actor `socket` (one WebSocket). They carry random numbers and new keys, because the machine is pure.
 */
export type SocketEvent =
  | { type: 'socket.opened' }
  /** The server answered a probe. */
  | { type: 'signaling.alive' }
  /** The socket closed, timed out or was refused. `random`: a random number from 0 to 1. */
  | { type: 'socket.closed'; random: number }
  | { type: 'join.accepted'; position: string; seat: JoinedEvent }
  | { type: 'event.received'; position: string; roomEvent: RoomUpdate }
  | { type: 'join.rejected'; code: ErrorCode; random: number; joinKey: string }
  | { type: 'leave.acknowledged' }

/** Commands to the actor `socket`. */
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
  /** Pings the server at once, because the socket may be dead. */
  | { type: 'probe' }

/** Effects of signaling, for membership and call. */
export type SignalingEffect =
  | { type: 'join.accepted'; seat: JoinedEvent }
  | { type: 'join.rejected'; code: ErrorCode }
  | { type: 'event.received'; roomEvent: RoomUpdate }
  /** The seat is lost. A new one is requested with this key. */
  | { type: 'join.keyRenewed'; joinKey: string }
  /** The server has freed the seat. */
  | { type: 'leave.acknowledged' }
  | { type: 'signaling.lost' }
  /** The server answered a probe. */
  | { type: 'signaling.alive' }
