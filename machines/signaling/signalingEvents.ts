import type { ErrorCode, JoinedEvent, PreparationStep, RoomEvent, RoomView } from '../protocol/messages.ts'
import type { MediaFlow, RoomPolicy } from '../protocol/vocabulary.ts'

/** Context of the signaling machine (signalingMachine.ts). */
export interface SignalingContext {
  room: string
  /** Key of the join request, created by the page; null if no seat is requested. */
  joinKey: string | null
  /** Token of the seat; null before the first join. */
  token: string | null
  /** Token of a lost seat. It proves that this page knows the room. */
  formerToken: string | null
  /** The visit of the room from the lobby; null outside it. `ask`: the request for admission; null without one. */
  visit: { ask: AskRequest | null } | null
  /** The policy of the room: the creator's choice, or the newest that the server reported; null if unknown. */
  policy: RoomPolicy | null
  /** The policy that the user selected for the room, until the server confirms it; null without one. */
  selectedPolicy: RoomPolicy | null
  /** Read position in the mailbox. */
  position: string | null
  /** The media state that is reported to the room. */
  mediaFlow: MediaFlow
  /** Attempts since the last stable connection. */
  attempts: number
  /** Delay before the next attempt. */
  backoffMs: number
}

/** A request for admission. */
export interface AskRequest {
  /** The key of the join that follows. */
  joinKey: string
  name: string
}

/** Events after `joined`. */
export type RoomUpdate = Exclude<RoomEvent, JoinedEvent>

/**
 * The user's answer to the visitor at the door, the user's policy, and the steps of a preparation. Signaling forwards
 * them to the socket.
 */
export type DoorCommand =
  | { type: 'visitor.answered'; visitor: number; isAdmitted: boolean }
  | { type: 'policy.selected'; policy: RoomPolicy }
  | { type: 'preparation.stepped'; step: PreparationStep }

export type SignalingEvent =
  // from the page
  | { type: 'page.opened' }
  | { type: 'page.closing' }
  | { type: 'network.changed' }
  // from membership; `token`: of the seat to resume; `policy`: of the room that the page creates
  | { type: 'join.requested'; joinKey: string; token: string | null; policy?: RoomPolicy | null }
  | { type: 'visit.requested'; ask: AskRequest | null }
  | { type: 'seat.released' }
  | { type: 'seat.relinquished' }
  // from the user
  | DoorCommand
  // from the call
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
  | { type: 'signaling.alive' }
  /** `random`: a random number from 0 to 1. */
  | { type: 'socket.closed'; random: number }
  | { type: 'join.accepted'; position: string; seat: JoinedEvent }
  | { type: 'event.received'; position: string; roomEvent: RoomUpdate }
  | { type: 'join.rejected'; code: ErrorCode; random: number; joinKey: string }
  | { type: 'leave.acknowledged' }
  | { type: 'visit.updated'; view: RoomView }
  | { type: 'visit.rejected'; code: ErrorCode }

/** The meaning of each event. `after.*` is a delayed transition, `always` an eventless one. */
export const signalingEventDescriptions = {
  'page.opened': 'The page loaded and needs a connection.',
  'page.closing': 'The page closes, perhaps for a reload. It notifies the server.',
  'network.changed':
    'The network may have changed, or the device slept. The backoff ends, and an open socket is probed.',
  'join.requested': 'Membership requests a seat: a new one, or its own again.',
  'visit.requested': 'Membership needs the state of the room for the lobby, and may ask for admission.',
  'visitor.answered': 'The user admits or declines the visitor at the door.',
  'preparation.stepped': 'The preparation requests, offers, answers or ends an attempt.',
  'policy.selected': 'The user selected another policy for the room.',
  'visit.updated': 'The server sent the room as the lobby shows it.',
  'visit.rejected': 'The server rejected the visit with a code.',
  'seat.released': 'Membership releases the seat.',
  'seat.relinquished': 'Another page has the seat, so this page sends nothing more.',
  'media.reported': 'The call reports whether media arrives.',
  'signaling.suspected': 'No media arrives from the peer, so an open socket is probed.',
  'signaling.alive': 'The server answered the probe.',
  'socket.opened': 'The socket opened.',
  'socket.closed': 'The socket closed, timed out or was refused.',
  'join.accepted': 'The server gave the page a seat.',
  'event.received': 'An event arrived from the seat’s mailbox.',
  'join.rejected': 'The server rejected the join with a code.',
  'leave.acknowledged': 'The server has freed the seat.',
  'drain.due': 'The server shuts down, so the page reconnects now.',
  'after.openTimeout': 'The socket didn’t open, or the join wasn’t answered, in eight seconds. The page tries again.',
  'after.stableAfter': 'The connection was stable for five seconds, so the backoff is reset.',
  'after.backoff': 'The wait between two attempts is over.',
  'after.revisitInterval': 'After 15 seconds, the page visits the room again.',
  always: 'A seat is needed, so the page requests it.',
} satisfies Record<SignalingEvent['type'] | 'always' | `after.${string}`, string>

/** Commands to the actor `socket`. */
export type SocketCommand =
  | {
      type: 'join'
      joinKey: string
      token: string | null
      lastEventId: string | null
      mediaFlow: MediaFlow
      formerToken?: string
      policy?: RoomPolicy
    }
  | { type: 'visit'; ask: AskRequest | null }
  | DoorCommand
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
  | { type: 'visit.updated'; view: RoomView }
  | { type: 'visit.rejected'; code: ErrorCode }
  | { type: 'signaling.lost' }
  /** The server answered a probe. */
  | { type: 'signaling.alive' }
