import type { SeatName } from '../../machines/protocol/messages.ts'
import { type Place, places, type TraceEntry } from '../../machines/protocol/traceEntry.ts'

/** The seat of each place, as far as the trace shows it. */
export type Seats = Partial<Record<Place, SeatName>>

/** Returns the seats after an entry. */
export const seatsAfter = (seats: Seats, { place, machine, event, fields: { seat } }: TraceEntry): Seats =>
  machine !== 'room' && event === 'join.accepted' && (seat === 'a' || seat === 'b')
    ? { ...seats, [place]: seat }
    : seats

/** Signaling events that originate at the server. */
const serverEvents = new Set(['join.accepted', 'event.received', 'join.rejected', 'leave.acknowledged'])

/** Returns the route of a message between a page and the server; null for an entry that crossed no network. */
export function messageRoute(
  { place, machine, event, fields }: TraceEntry,
  seats: Seats,
): { from: Place; to: Place } | null {
  if (machine === 'signaling' && serverEvents.has(event)) return { from: 'server', to: place }
  const from = places.find((each) => seats[each] !== undefined && seats[each] === fields.seat)
  return machine === 'room' && from ? { from, to: 'server' } : null
}
