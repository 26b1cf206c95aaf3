import type { RoomFact } from '../../machines/room/roomMachine.ts'
import { seatNames } from '../../machines/room/seats.ts'
import { lineOf } from '../../machines/protocol/trace/sanitize.ts'
import type { TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import type { PeerMessage, SeatName } from '../../machines/protocol/messages.ts'
import type { Room } from './admission.ts'

/** What happens in a room, as lines that its holders may read (machines/protocol/traceLine.ts). */

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
