import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import { seatNames } from '../../machines/room/seats.ts'
import { createTraceEntry } from '../../machines/protocol/trace/sanitize.ts'
import type { TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { RoomSnapshot } from './admission.ts'

// Room events as trace entries, which the seat holders may read (machines/protocol/traceEntry.ts).

/** Receives the trace entries of all rooms. */
export type TraceListener = (room: string, entry: TraceEntry) => void

/** Relays trace entries between the servers of a store. */
export interface TraceRelay {
  /** True while another server has a listener. */
  readonly hasListeners: boolean
  /** Sends an entry to the other servers with a listener. Entries may be lost. */
  publish(room: string, entry: TraceEntry): void
  /** Receives the entries of the other servers. Returns a function that ends this. */
  listen(listener: TraceListener): () => void
}

/** The trace entry of a room event. The seat of a join is known only from the state after the event. */
export function traceRoomEvent(event: RoomMachineEvent, before: RoomSnapshot, after: RoomSnapshot): TraceEntry {
  const seat = seatNames.find((name) => before.context.seats[name]?.epoch !== after.context.seats[name]?.epoch)
  return newTraceEntry(after.value, { ...(seat && { seat }), stateBefore: before.value, ...event })
}

/** The time is 0, because each client uses the time of arrival. */
const newTraceEntry = (state: string, event: TracedEvent): TraceEntry =>
  createTraceEntry({ atMs: 0, place: 'server', machine: 'room', event, state })
