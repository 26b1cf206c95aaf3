import type { SeatName } from '../protocol/messages.ts'
import { closedDoor, type DoorContext } from './door.ts'

/** One seat of a room. Its token grants it; the room stores only the SHA-256 of the token. */
export interface Seat {
  tokenHash: string
  /** Hash of the previous token, valid for one more resume: the response with the new token may have been lost. */
  previousTokenHash: string
  /** Key of the join request that took the seat. It cannot take another seat. */
  joinKey: string
  /**
   * Time of the holder's last join request, in ms on the holder's clock. An older request that arrives later is void.
   */
  requestedAt: number
  /** Increases with each join, so that late events of an abandoned socket can be rejected. */
  epoch: number
  /**
   * The epoch of the claim that took the seat. For a restored seat it is the epoch of the token from the earlier server
   * run; otherwise it is the seat's first epoch. Of two claims to one seat the newer wins.
   */
  claimedEpoch: number
  /** True after the holder's page announced that it closes, perhaps for a reload. */
  isPageClosing: boolean
  /** Deadline (ms since 1970) after which a disconnected seat is freed; null while connected. */
  expiresAt: number | null
  /** True while the holder reports that media arrives. */
  hasMedia: boolean
}

export interface RoomContext {
  seats: Record<SeatName, Seat | null>
  /** The newest epoch of any seat. */
  epoch: number
  /**
   * Deadline (ms since 1970) until which the free seat is reserved; null without a reservation. The other holder was
   * restored during a call, so the free seat belongs to its peer.
   */
  reservedUntil: number | null
  door: DoorContext
}

/** The context of a room without holders. `epoch`: the newest epoch of earlier holders. */
export const emptyRoomContext = (epoch: number): RoomContext => ({
  seats: { a: null, b: null },
  epoch,
  reservedUntil: null,
  door: closedDoor,
})

export const seatNames = ['a', 'b'] as const satisfies SeatName[]
/** Returns the seat of the peer. */
export const otherSeat = (seat: SeatName): SeatName => (seat === 'a' ? 'b' : 'a')

/** Returns the seats that have a holder, connected or not. */
export const takenSeats = ({ seats }: RoomContext): SeatName[] => seatNames.filter((name) => seats[name])

/** Returns the seat that the token with this hash grants, or null. */
export const findSeatByToken = ({ seats }: RoomContext, hash: string): SeatName | null =>
  seatNames.find((name) => seats[name]?.tokenHash === hash || seats[name]?.previousTokenHash === hash) ?? null

/** Returns true if a seat was taken with this key. */
export const isJoinKeyUsed = ({ seats }: RoomContext, key: string): boolean =>
  seatNames.some((name) => seats[name]?.joinKey === key)

/** Returns the seat for the next visitor; `b` if the room is full. */
export const firstFreeSeat = ({ seats }: RoomContext): SeatName => (seats.a ? 'b' : 'a')

/** Returns the epoch of the next join. It exceeds all earlier epochs, also those of earlier server runs. */
export const nextEpoch = ({ epoch }: RoomContext, claimed = 0): number => Math.max(epoch, claimed) + 1

/** Returns the earliest deadline (ms since 1970), at which `time.passed` is due; null without one. */
export const nextDeadline = ({ seats, reservedUntil, door }: RoomContext): number | null => {
  const seatEnds = seatNames.map((name) => seats[name]?.expiresAt)
  const ends = [reservedUntil, door.visitor?.expiresAt, door.former?.until, ...seatEnds].filter(
    (end) => typeof end === 'number',
  )
  return ends.length === 0 ? null : Math.min(...ends)
}

/** Returns the seats whose deadline has passed. `at`: ms since 1970. */
export const expiredSeats = ({ seats }: RoomContext, at: number): SeatName[] =>
  seatNames.filter((name) => (seats[name]?.expiresAt ?? Infinity) <= at)

/** Returns the change of context that changes one seat; empty if the seat is free. */
export const withSeat = (context: RoomContext, name: SeatName, change: Partial<Seat>): Partial<RoomContext> => {
  const seat = context.seats[name]
  return seat ? { seats: { ...context.seats, [name]: { ...seat, ...change } } } : {}
}

/** Returns the seat with `hasMedia` false, or null if it is free. */
export const withoutMedia = (context: RoomContext, name: SeatName): Seat | null => {
  const seat = context.seats[name]
  return seat && { ...seat, hasMedia: false }
}
