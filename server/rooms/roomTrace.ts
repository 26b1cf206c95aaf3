import type { RoomMachineEvent } from '../../machines/room/roomMachine.ts'
import { seatNames } from '../../machines/room/seats.ts'
import { createTraceEntry } from '../../machines/protocol/trace/sanitize.ts'
import type { TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { PeerMessage, SeatName } from '../../machines/protocol/messages.ts'
import type { RoomSnapshot } from './admission.ts'

/** What happens in a room, as entries that its holders may read (machines/protocol/traceEntry.ts). */

/** A visitor that joins has its seat only in the state after the event. */
export function traceRoomEvent(event: RoomMachineEvent, before: RoomSnapshot, after: RoomSnapshot): TraceEntry {
  const seat = seatNames.find((name) => before.context.seats[name]?.epoch !== after.context.seats[name]?.epoch)
  return newTraceEntry(after.value, { ...(seat && { seat }), stateBefore: before.value, ...event })
}

/** The type and the negotiation of a relayed message, without its content. */
export const traceRelayedMessage = (message: PeerMessage, seat: SeatName, state: string): TraceEntry =>
  newTraceEntry(state, { ...message, seat, type: `${message.type}.relayed` })

/** The time is 0: each client uses the time of arrival. */
const newTraceEntry = (state: string, event: TracedEvent): TraceEntry =>
  createTraceEntry({ atMs: 0, place: 'server', machine: 'room', event, state })
