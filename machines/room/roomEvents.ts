import type { RoomEvent, SeatName } from '../protocol/messages.ts'

/** Events of a room. `at`: ms since 1970. */
export type RoomMachineEvent =
  /** `requestedAt`: ms on the visitor's monotonic clock. */
  | { type: 'visitor.joined'; tokenHash: string; joinKey: string; requestedAt: number }
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
   * arrives from the peer.
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
      at: number
    }
  | { type: 'socket.closed'; seat: SeatName; epoch: number; at: number }
  | { type: 'page.closing'; seat: SeatName; epoch: number }
  | { type: 'holder.left'; seat: SeatName; epoch: number }
  | { type: 'media.started'; seat: SeatName; epoch: number }
  | { type: 'media.stopped'; seat: SeatName; epoch: number }
  | { type: 'time.passed'; at: number }

/** The meaning of each event. */
export const roomEventDescriptions = {
  'visitor.joined': 'A visitor without a seat requests one.',
  'holder.resumed': 'A holder returns to its seat with its token, and gets a new token and epoch.',
  'holder.restored': 'After the server lost its rooms, a holder returns with a signed token and gets its seat back.',
  'socket.closed': 'The holder’s socket closed. The seat is kept for a grace period.',
  'page.closing': 'The holder’s page announced that it closes, so the grace period is shorter.',
  'holder.left': 'The holder released its seat.',
  'media.started': 'A holder reports that media arrives.',
  'media.stopped': 'A holder reports that media no longer arrives.',
  'time.passed': 'A tick of the server’s clock: seats past their grace period are freed, and reservations end.',
} satisfies Record<RoomMachineEvent['type'], string>

/** A room emits an event for a seat's mailbox, or a freed seat whose mailbox the server resets. */
export type RoomEffect =
  { type: 'event.sent'; seat: SeatName; event: RoomEvent } | { type: 'seat.freed'; seat: SeatName }
