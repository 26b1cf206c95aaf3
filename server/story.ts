import type { RoomFact } from '../machines/room.ts'
import { seatNames } from '../machines/seats.ts'
import { lineOf, type TracedEvent, type TraceLine } from '../machines/trace.ts'
import type { PeerMessage, SeatName } from '../machines/wire.ts'
import type { Room } from './entrance.ts'

/** What happens in a room, as lines that its holders may read (machines/trace.ts). */

/** Whoever enters has a seat only afterwards. */
export function lineOfFact(fact: RoomFact, before: Room, after: Room): TraceLine {
  const seat = seatNames.find((name) => before.context.seats[name]?.epoch !== after.context.seats[name]?.epoch)
  return lineAt(after.value, { ...(seat && { seat }), was: before.value, ...fact })
}

/** That something was said, and about which negotiation; not what. */
export const lineOfMessage = (message: PeerMessage, seat: SeatName, state: string): TraceLine =>
  lineAt(state, { ...message, seat, type: `${message.type}.relayed` })

/** When it happened, each page knows that hears it. */
const lineAt = (state: string, event: TracedEvent): TraceLine => lineOf({ at: 0, place: 'server', machine: 'room', event, state })
