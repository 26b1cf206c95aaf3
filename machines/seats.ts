import type { SeatName } from './wire.ts'

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

/** When `time.passed` is due: the earliest deadline, or null while nobody is away. */
export const dueAt = ({ seats }: RoomContext): number | null =>
  seatNames.reduce<number | null>((due, name) => {
    const deadline = seats[name]?.deadline ?? null
    return due === null ? deadline : Math.min(due, deadline ?? due)
  }, null)

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
