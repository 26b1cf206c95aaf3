import type { SeatName } from '../protocol/messages.ts'

/** A seat belongs to whoever holds its token, of which the room knows the hash. */
export interface Seat {
  tokenHash: string
  /** The token before: good for one more resume, for the answer with the newer one may have been lost. */
  previousTokenHash: string
  /** Key of the join request that took the seat. It is valid once. */
  joinKey: string
  /** When its holder requested it last, on the holder's clock. An older request that arrives later is void. */
  requestedAt: number
  /** Grows with each visit, so that what an abandoned socket still does can be told apart. */
  epoch: number
  /**
   * The epoch of the claim by which it was taken: the seat's first epoch here, or that of the token from an earlier run of the server
   * by which it was restored. Of two claims to one seat the newer counts.
   */
  claimedEpoch: number
  /** Its holder's page said that it closes, perhaps only to be loaded again. */
  isPageClosing: boolean
  /** Deadline (ms since 1970) after which a disconnected seat is freed; null while connected. */
  expiresAt: number | null
  hasMedia: boolean
}

export interface RoomContext {
  seats: Record<SeatName, Seat | null>
  /** The newest epoch of any seat. */
  epoch: number
  /**
   * Until when (ms since 1970) the free seat is kept: the holder of the other one was restored after the server had lost its rooms, and is
   * in a call, so that the free seat belongs to somebody who is on the way back. Null: the free seat is anybody's.
   */
  reservedUntil: number | null
}

export const seatNames = ['a', 'b'] as const satisfies SeatName[]
export const otherSeat = (seat: SeatName): SeatName => (seat === 'a' ? 'b' : 'a')

/** The seats that have a holder, present or away. */
export const takenSeats = ({ seats }: RoomContext): SeatName[] => seatNames.filter((name) => seats[name])

/** The seat that a token's hash gives a right to, or null. */
export const findSeatByToken = ({ seats }: RoomContext, hash: string): SeatName | null =>
  seatNames.find((name) => seats[name]?.tokenHash === hash || seats[name]?.previousTokenHash === hash) ?? null

/** True where a seat was taken with this key. */
export const isJoinKeyUsed = ({ seats }: RoomContext, key: string): boolean =>
  seatNames.some((name) => seats[name]?.joinKey === key)

/** The seat that the next visitor takes. */
export const firstFreeSeat = ({ seats }: RoomContext): SeatName => (seats.a ? 'b' : 'a')

/** The epoch of the next visit. Epochs only grow, also beyond those that an earlier run of the server gave. */
export const nextEpoch = ({ epoch }: RoomContext, claimed = 0): number => Math.max(epoch, claimed) + 1

/** When `time.passed` is due (ms since 1970): the earliest deadline, or null without one. */
export const nextDeadline = ({ seats, reservedUntil }: RoomContext): number | null => {
  const ends = [reservedUntil, ...seatNames.map((name) => seats[name]?.expiresAt)].filter(
    (end) => typeof end === 'number',
  )
  return ends.length === 0 ? null : Math.min(...ends)
}

/** The seats whose deadline has passed. */
export const expiredSeats = ({ seats }: RoomContext, at: number): SeatName[] =>
  seatNames.filter((name) => (seats[name]?.expiresAt ?? Infinity) <= at)

/** The context with one seat changed. */
export const withSeat = (context: RoomContext, name: SeatName, change: Partial<Seat>): Partial<RoomContext> => {
  const seat = context.seats[name]
  return seat ? { seats: { ...context.seats, [name]: { ...seat, ...change } } } : {}
}

/** The seat, marked as without media. */
export const withoutMedia = (context: RoomContext, name: SeatName): Seat | null => {
  const seat = context.seats[name]
  return seat && { ...seat, hasMedia: false }
}
