import { isPeerEvent, messageRoute, type Seats, seatsAfter } from '../messageRoute.ts'
import type { EntrySource } from '../recorder.ts'
import type { Place, TracedMachine, TraceEntry } from '../../../machines/protocol/traceEntry.ts'
import type { StatelyInspector } from './inspector.ts'

/**
 * Shows the machines of one page, and those of the server and the peer that the trace has. Events carry their source, so that the sequence diagram has arrows. Returns its stop function.
 */
export function inspectSession(source: EntrySource, { show }: StatelyInspector): () => void {
  let seats: Seats = {}
  const showEntry = (entry: TraceEntry): void => {
    seats = seatsAfter(seats, entry)
    show(actorName(entry.place, entry.machine), entry, findSource(entry, source.sourceOf(entry), seats))
  }
  source.entries.forEach(showEntry)
  return source.subscribe(showEntry)
}

const actorName = (place: Place, machine: TracedMachine): string => (place === 'here' ? machine : `${place}:${machine}`)

/** Returns the actor that sent an event: a machine of this page, the other end of signaling, or the same machine there. */
function findSource(entry: TraceEntry, source: TracedMachine | null, seats: Seats): string | null {
  if (source !== null) return actorName(entry.place, source)
  const route = messageRoute(entry, seats)
  if (route && isPeerEvent(entry)) return actorName(route.from, entry.machine)
  return route && actorName(route.from, route.from === 'server' ? 'room' : 'signaling')
}
