import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import { seatNames } from '../../machines/room/seats.ts'
import { createTraceEntry } from '../../machines/protocol/trace/sanitize.ts'
import type { TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { RoomSnapshot } from './admission.ts'

// Room events as trace entries, which the seat holders may read (machines/protocol/traceEntry.ts).

/** The trace entry of a room event. The seat of a join is known only from the state after the event. */
export function traceRoomEvent(event: RoomMachineEvent, before: RoomSnapshot, after: RoomSnapshot): TraceEntry {
  const seat = seatNames.find((name) => before.context.seats[name]?.epoch !== after.context.seats[name]?.epoch)
  return newTraceEntry(after.value, { ...(seat && { seat }), stateBefore: before.value, ...event })
}

/** The time is 0, because each client uses the time of arrival. */
const newTraceEntry = (state: string, event: TracedEvent): TraceEntry =>
  createTraceEntry({ atMs: 0, place: 'server', machine: 'room', event, state })
