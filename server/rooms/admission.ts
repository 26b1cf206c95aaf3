import type { SnapshotFrom } from 'xstate'
import type { z } from 'zod'
import type { room as machine, RoomFact } from '../../machines/room/roomMachine.ts'
import { freeSeat, isSpent, nextEpoch, other, type RoomContext, seatOf } from '../../machines/room/seats.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import type { Joined, Presence, SeatName, visitInput } from '../../machines/protocol/messages.ts'
import { Refusal } from '../common/apiError.ts'
import { type Mark, parsePosition, type Position } from './store.ts'
import { type Claim, hashOf } from './tokens.ts'
import type { Stay } from './seatClaim.ts'

export type VisitInput = Omit<z.infer<typeof visitInput>, 'log' | 'media'> & { media?: 'flowing' | 'stopped' }
export type Room = SnapshotFrom<typeof machine>

/** What a visit begins with. */
export interface Entrance {
  stay: Stay
  joined: Omit<Joined, 'iceServers' | 'lifetimeMs'>
  /** Where reading goes on; null where that is gone, and the mailbox has to be read from its `end`. */
  from: Position | null
  end: Position
  /** What its coming was to the room. */
  line: TraceLine
  /** By which fact the visitor came in. */
  as: Arrival
}

/** How a visitor may come in. */
export type Arrival = Extract<RoomFact['type'], 'visitor.entered' | 'holder.resumed' | 'holder.restored'>
export type ArrivalFact = Extract<RoomFact, { type: Arrival }>

/** What is known of a visitor besides what they ask for. */
export interface Credit {
  /** False for addresses that guessed too often: only who has a seat may come back to it. */
  isWelcome: boolean
  /** What the presented token says, if it is signed. */
  claim: Claim | null
  /** The visitor shows that it had a seat in this room: it knows the room, and guesses nothing. */
  isFormer: boolean
  /** Now, in ms since 1970. */
  at: number
  /** Makes the visit's new token; returns its hash. */
  issue(seat: SeatName, epoch: number): string
}

/**
 * What a visit is to a room: someone new, the holder of a seat who is back, or one whose seat an earlier run of the server gave.
 * @throws {Refusal} `full`, `throttled` or `seat-lost`. The server never throttles a
 * signed token, of the seat or of a former one, and never counts it as a guess.
 */
export function factOf(room: Room, visit: VisitInput, { isWelcome, claim, isFormer, at, issue }: Credit): ArrivalFact {
  const { context } = room
  const { asked } = visit
  const presented = hashOf(visit.token ?? visit.key)
  const fresh = !visit.lastEventId
  const seat = seatOf(context, presented)
  if (seat) return allowed(room, { type: 'holder.resumed', seat, presented, token: issue(seat, nextEpoch(context)), fresh, asked }, new Refusal('seat-lost', claim === null))
  if (claim) {
    const lost = new Refusal('seat-lost', false)
    if (claim.isOfThisRun) throw lost
    const token = issue(claim.seat, nextEpoch(context, claim.epoch))
    return allowed(room, { type: 'holder.restored', seat: claim.seat, claimed: claim.epoch, presented, token, fresh, flowing: visit.media === 'flowing', asked, at }, lost)
  }
  if (!isWelcome && !isFormer) throw new Refusal('throttled')
  if (visit.token || isSpent(context, presented)) throw new Refusal('seat-lost', !isFormer)
  return allowed(room, { type: 'visitor.entered', token: issue(freeSeat(context), nextEpoch(context)), key: presented, asked }, new Refusal('full', !isFormer))
}

function allowed(room: Room, fact: ArrivalFact, refusal: Refusal): ArrivalFact {
  if (!room.can(fact)) throw refusal
  return fact
}

/**
 * @param room after the fact
 * @param fact as whom the visitor came in. One who is restored negotiates like one who enters, for what the two had said is lost; only a page
 * that was loaded anew has no call to negotiate about, and offers one like one who resumes.
 */
export function entranceOf(room: Room, visit: VisitInput, token: string, fact: ArrivalFact, mark: Mark): Omit<Entrance, 'line'> {
  const { context, value } = room
  const seat = seatOf(context, fact.token) ?? 'a'
  const epoch = context.seats[seat]?.epoch ?? 0
  const resumed = fact.type === 'holder.resumed' || (fact.type === 'holder.restored' && fact.fresh)
  return {
    as: fact.type,
    stay: { room: visit.room, seat, epoch },
    joined: {
      type: 'joined', protocol: 1, room: visit.room, seat, role: seat === 'a' ? 'impolite' : 'polite', token, epoch, resumed,
      peer: presenceOf(context, other(seat)), state: value as Joined['state'], said: mark.said,
    },
    from: fact.type === 'holder.restored' ? { epoch: mark.epoch, n: mark.from } : startOf(mark, visit, resumed),
    end: { epoch: mark.epoch, n: mark.to },
  }
}

/**
 * A new holder reads from the beginning: the offer made in advance is there. So does one who asks again with the key and
 * never heard anything, for the first answer was lost. Any other page without a position is a new one: it starts at the end.
 */
function startOf({ epoch, from, to }: Mark, { token, lastEventId }: VisitInput, resumed: boolean): Position | null {
  if (!lastEventId) return { epoch, n: resumed && token ? to : from }
  const position = parsePosition(lastEventId)
  // One that is too old is found out by the store when it is read.
  return position.epoch === epoch && position.n <= to ? position : null
}

function presenceOf({ seats }: RoomContext, name: SeatName): Presence {
  const seat = seats[name]
  if (!seat) return 'absent'
  return seat.deadline === null ? 'here' : 'away'
}
