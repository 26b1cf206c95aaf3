import type { SnapshotFrom } from 'xstate'
import type { z } from 'zod'
import type { room as machine, RoomFact } from '../machines/room.ts'
import { isSpent, other, type RoomContext, seatOf } from '../machines/seats.ts'
import type { TraceLine } from '../machines/trace.ts'
import type { Code, Joined, Presence, SeatName, visitInput } from '../machines/wire.ts'
import { Refusal } from './refusal.ts'
import { type Mark, parsePosition, type Position } from './store.ts'
import { hashOf } from './token.ts'
import type { Stay } from './visitor.ts'

export type VisitInput = Omit<z.infer<typeof visitInput>, 'log'>
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
}

/**
 * What a visit is to a room: someone new, or the holder of a seat who is back.
 * @param isWelcome false for addresses that guessed too often: only who has a seat may come back to it
 */
export function factOf(room: Room, visit: VisitInput, token: string, isWelcome: boolean): RoomFact {
  const presented = hashOf(visit.token ?? visit.key)
  const seat = seatOf(room.context, presented)
  if (seat) return allowed(room, { type: 'holder.resumed', seat, presented, token, fresh: !visit.lastEventId, asked: visit.asked }, 'seat-lost')
  if (!isWelcome) throw new Refusal('throttled')
  if (visit.token || isSpent(room.context, presented)) throw new Refusal('seat-lost')
  return allowed(room, { type: 'visitor.entered', token, key: presented, asked: visit.asked }, 'full')
}

function allowed(room: Room, fact: RoomFact, code: Code): RoomFact {
  if (!room.can(fact)) throw new Refusal(code)
  return fact
}

export function entranceOf(room: Room, visit: VisitInput, token: string, seat: SeatName, mark: Mark, resumed: boolean): Omit<Entrance, 'line'> {
  const { context, value } = room
  const epoch = context.seats[seat]?.epoch ?? 0
  return {
    stay: { room: visit.room, seat, epoch },
    joined: {
      type: 'joined', protocol: 1, room: visit.room, seat, role: seat === 'a' ? 'impolite' : 'polite', token, epoch, resumed,
      peer: presenceOf(context, other(seat)), state: value as Joined['state'], said: mark.said,
    },
    from: startOf(mark, visit, resumed),
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
