import type { RoomEvent, SeatName } from '../protocol/messages.ts'
import type { RoomPolicy } from '../protocol/vocabulary.ts'
import type { Ask, PreparationRequest } from './door.ts'

/** Events of a room. `at`: ms since 1970. */
export type RoomMachineEvent =
  /**
   * `requestedAt`: ms on the visitor's monotonic clock. `policy`: of the room that this join creates. `preparation`: the
   * attempt whose connection the visitor has.
   */
  | {
      type: 'visitor.joined'
      tokenHash: string
      joinKey: string
      /** Hash of the token of a lost seat; null without one. */
      formerTokenHash: string | null
      requestedAt: number
      policy: RoomPolicy
      preparation?: number
    }
  /** `reloaded`: the page was reloaded and has no call. */
  | {
      type: 'holder.resumed'
      seat: SeatName
      presentedTokenHash: string
      tokenHash: string
      reloaded: boolean
      requestedAt: number
    }
  /**
   * A holder returns with a signed token of an earlier server run. `claimedEpoch`: the token's epoch. `hasMedia`: media
   * arrives from the peer. `policy`: of the lost room, as the holder knows it.
   */
  | {
      type: 'holder.restored'
      seat: SeatName
      presentedTokenHash: string
      tokenHash: string
      claimedEpoch: number
      reloaded: boolean
      hasMedia: boolean
      requestedAt: number
      policy: RoomPolicy
      at: number
    }
  | ({ type: 'visitor.asked' } & Ask)
  /** `visit`: of the connection that ended. */
  | { type: 'visitor.withdrew'; visit: number }
  | { type: 'visitor.disconnected'; visit: number; at: number }
  /** `visitorId`: the request that the holder answers. */
  | { type: 'visitor.admitted'; seat: SeatName; epoch: number; visitorId: number; at: number }
  | { type: 'visitor.declined'; seat: SeatName; epoch: number; visitorId: number; at: number }
  | ({ type: 'preparation.requested' } & PreparationRequest)
  | { type: 'preparation.ended'; id: number }
  | { type: 'policy.changed'; seat: SeatName; epoch: number; policy: RoomPolicy }
  | { type: 'socket.closed'; seat: SeatName; epoch: number; at: number }
  | { type: 'page.closing'; seat: SeatName; epoch: number }
  | { type: 'holder.left'; seat: SeatName; epoch: number }
  | { type: 'media.started'; seat: SeatName; epoch: number; at: number }
  | { type: 'media.stopped'; seat: SeatName; epoch: number; at: number }
  | { type: 'time.passed'; at: number }

/** The meaning of each event. */
export const roomEventDescriptions = {
  'visitor.joined': 'A visitor without a seat requests one.',
  'holder.resumed': 'A holder returns to its seat with its token, and gets a new token and epoch.',
  'holder.restored': 'After the server lost its rooms, a holder returns with a signed token and gets its seat back.',
  'visitor.asked': 'A visitor at the door asks for admission, or is connected again.',
  'visitor.withdrew': 'The visitor cancelled the request, or left the lobby.',
  'visitor.disconnected': 'The visitor’s socket closed. A visitor that asks keeps the door for a short grace period.',
  'visitor.admitted': 'The waiting holder admits the visitor, who may take the free seat for 30 seconds.',
  'visitor.declined': 'The waiting holder declines the visitor, who may ask again later.',
  'preparation.requested': 'A visitor in the lobby and the waiting holder prepare a connection.',
  'preparation.ended': 'The visitor or the holder ended the preparation.',
  'policy.changed': 'A holder selected another policy. A visitor at the door has to ask again or may join.',
  'socket.closed': 'The holder’s socket closed. The seat is kept for a grace period.',
  'page.closing': 'The holder’s page announced that it closes, so the grace period is shorter.',
  'holder.left': 'The holder released its seat.',
  'media.started': 'A holder reports that media arrives.',
  'media.stopped': 'A holder reports that media no longer arrives.',
  'time.passed':
    'A tick of the server’s clock: seats and the door are freed after their grace period, and reservations end.',
} satisfies Record<RoomMachineEvent['type'], string>

/** A room emits an event for a seat's mailbox, or a freed seat whose mailbox the server resets. */
export type RoomEffect =
  { type: 'event.sent'; seat: SeatName; event: RoomEvent } | { type: 'seat.freed'; seat: SeatName }
