import {
  type Place,
  places,
  splitStates,
  type TracedMachine,
  tracedMachines,
  type TraceEntry,
} from '../../../machines/protocol/traceEntry.ts'
import { isPeerEvent, messageRoute, type Seats, seatsAfter } from '../../trace/messageRoute.ts'
import { type ChartEdge, type ChartGraph, findTakenEdges } from './edges.ts'

/** Lanes from left to right: seat a, server, seat b. This side is on the left while the seats are unknown. */
export interface Lanes {
  order: [Place, 'server', Place]
  seats: Seats
}

/** Returns the lanes of a trace. */
export function computeLanes(entries: readonly TraceEntry[]): Lanes {
  const seats = entries.reduce<Seats>(seatsAfter, {})
  if (seats.here && !seats.there) seats.there = seats.here === 'a' ? 'b' : 'a'
  return { order: seats.here === 'b' ? ['there', 'server', 'here'] : ['here', 'server', 'there'], seats }
}

export type States = Partial<Record<Place, string>>

/** Returns the newest state of each machine at each place. */
export function latestStates(entries: readonly TraceEntry[]): Record<TracedMachine, States> {
  const states = Object.fromEntries(tracedMachines.map((machine) => [machine, {}])) as Record<TracedMachine, States>
  for (const { machine, place, state } of entries) states[machine][place] = state
  return states
}

export interface TakenEdge {
  place: Place
  edge: ChartEdge
  entryIndex: number
}

/** Returns the last edges of each place in one machine. `entryIndex` lets the diagram flash each edge once. */
export function lastTakenEdges(graph: ChartGraph, traced: TracedMachine, entries: readonly TraceEntry[]): TakenEdge[] {
  return places.flatMap((place) => {
    const ownEntries = entries.flatMap((entry, entryIndex) =>
      entry.machine === traced && entry.place === place ? [{ ...entry, entryIndex }] : [],
    )
    for (let n = ownEntries.length - 1; n > 0; n--) {
      const [entry, before] = [ownEntries[n], ownEntries[n - 1]]
      const taken = entry && before ? findTakenEdges(graph, before.state, entry.event, entry.state) : []
      if (entry && taken.length > 0) return taken.map((edge) => ({ place, edge, entryIndex: entry.entryIndex }))
    }
    return []
  })
}

export interface TraceStep {
  entry: TraceEntry
  /** Index in the trace. */
  entryIndex: number
  /** Null if the entry crossed no lane. */
  route: { from: Place; to: Place } | null
  label: string
  /** The new state; null if it did not change. */
  newState: string | null
}

/** Returns the steps of the sequence diagram. */
export function traceStory(entries: readonly TraceEntry[]): TraceStep[] {
  const { seats } = computeLanes(entries)
  const lastStates = new Map<string, string>()
  return entries.map((entry, entryIndex) => {
    const key = `${entry.place} ${entry.machine}`
    const before = lastStates.get(key) ?? entry.fields.stateBefore
    lastStates.set(key, entry.state)
    return {
      entry,
      entryIndex,
      route: messageRoute(entry, seats),
      label: stepLabel(entry),
      newState: addedStates(entry.state, before),
    }
  })
}

/** Returns the states that were not active before, comma-separated; null if there is none. */
function addedStates(state: string, before: unknown): string | null {
  const statesBefore = typeof before === 'string' ? splitStates(before) : []
  return (
    splitStates(state)
      .filter((each) => !statesBefore.includes(each))
      .join(', ') || null
  )
}

/** Labels an arrow with the message kind instead of the event type. An arrow between the pages names its machine. */
function stepLabel(entry: TraceEntry): string {
  const { machine, event, fields } = entry
  if (isPeerEvent(entry)) return `${machine} ${event}`
  if (machine === 'signaling' && event === 'event.received' && typeof fields.kind === 'string') return fields.kind
  if (machine === 'signaling' && event === 'join.accepted') return 'joined'
  if (machine === 'signaling' && event === 'join.rejected') return `rejected: ${fields.code ?? ''}`
  return machine === 'room' ? event.replace(/\.relayed$/, '') : event
}
