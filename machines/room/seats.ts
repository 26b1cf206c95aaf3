import type { SeatName } from '../protocol/messages.ts'

/** A seat belongs to whoever holds its token, of which the room knows the hash. */
export interface Seat {
  token: string
  /** The token before: good for one more resume, for the answer with the newer one may have been lost. */
  previous: string
  /** What its holder made up to enter with. Nobody enters with it again, however late they come. */
  key: string
  /** When its holder asked for it last, on a clock of theirs: what they asked before, and comes later, is void. */
  asked: number
  /** Grows with each visit, so that what an abandoned socket still does can be told apart. */
  epoch: number
  /**
   * The epoch of the claim by which it was taken: the seat's first epoch here, or that of the token from an earlier run of the server
   * by which it was restored. Of two claims to one seat the newer counts.
   */
  claimed: number
  /** Its holder's page said that it closes, perhaps only to be loaded again. */
  closes: boolean
  /** When an empty chair is given away; null while its holder is here. */
  deadline: number | null
  flowing: boolean
}

export interface RoomContext {
  seats: Record<SeatName, Seat | null>
  /** The newest epoch of any seat. */
  epoch: number
  /**
   * Until when (ms since 1970) the free seat is kept: the holder of the other one was restored after the server had lost its rooms, and is
   * in a call, so that the free seat belongs to somebody who is on the way back. Null: the free seat is anybody's.
   */
  awaited: number | null
}

export const seatNames = ['a', 'b'] as const satisfies SeatName[]
/** The seat across the table. */
export const other = (seat: SeatName): SeatName => (seat === 'a' ? 'b' : 'a')

/** The seats that have a holder, present or away. */
export const takenSeats = ({ seats }: RoomContext): SeatName[] => seatNames.filter((name) => seats[name])

/** The seat that a token's hash gives a right to, or null. */
export const seatOf = ({ seats }: RoomContext, hash: string): SeatName | null =>
  seatNames.find((name) => seats[name]?.token === hash || seats[name]?.previous === hash) ?? null

/** Whether somebody has a seat who entered with this key. */
export const isSpent = ({ seats }: RoomContext, key: string): boolean => seatNames.some((name) => seats[name]?.key === key)

/** The seat that the next stranger takes: the first that is free. */
export const freeSeat = ({ seats }: RoomContext): SeatName => (seats.a ? 'b' : 'a')

/** The epoch of the next visit. Epochs only grow, also beyond those that an earlier run of the server gave. */
export const nextEpoch = ({ epoch }: RoomContext, claimed = 0): number => Math.max(epoch, claimed) + 1

/** When `time.passed` is due (ms since 1970): the earliest end of a wait, or null while nobody is away or awaited. */
export const dueAt = ({ seats, awaited }: RoomContext): number | null => {
  const ends = [awaited, ...seatNames.map((name) => seats[name]?.deadline)].filter((end) => typeof end === 'number')
  return ends.length === 0 ? null : Math.min(...ends)
}

/** Who has been away for too long. */
export const expired = ({ seats }: RoomContext, at: number): SeatName[] =>
  seatNames.filter((name) => (seats[name]?.deadline ?? Infinity) <= at)

/** The context with one seat changed. */
export const withSeat = (context: RoomContext, name: SeatName, change: Partial<Seat>): Partial<RoomContext> => {
  const seat = context.seats[name]
  return seat ? { seats: { ...context.seats, [name]: { ...seat, ...change } } } : {}
}

/** A seat whose holder has no call (any more). */
export const silent = (context: RoomContext, name: SeatName): Seat | null => {
  const seat = context.seats[name]
  return seat && { ...seat, flowing: false }
}
