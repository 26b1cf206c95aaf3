import { isSafeField, isEventName, isRecord } from '../traceFields.ts'
import type { Place, TracedMachine, TraceEntry } from '../traceEntry.ts'
import type { StateValue, TracedEvent } from './types.ts'

// Separate from traceFile.ts, which a page loads only on demand.

/** Returns the trace entry of an event: its allowed fields, and the state of the machine after it. */
export function createTraceEntry({
  atMs,
  place,
  machine,
  event,
  state,
}: {
  atMs: number
  place: Place
  machine: TracedMachine
  event: TracedEvent
  state: StateValue
}): TraceEntry {
  return {
    atMs: Math.round(atMs),
    place,
    machine,
    event: eventName(event.type),
    fields: safeFields(event),
    state: formatState(state),
  }
}

/**
 * Formats `{ connected: 'flowing' }` as `connected.flowing`. A parallel state lists all:
 * `transport.shown, signaling.hidden`.
 */
export const formatState = (value: StateValue): string => statePaths(value).join(', ')

function statePaths(value: StateValue): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value).flatMap(([name, inner]) => {
    const paths = inner === undefined ? [] : statePaths(inner)
    return paths.length === 0 ? [name] : paths.map((path) => `${name}.${path}`)
  })
}

/** Shortens XState's `xstate.after.backoff.signaling.backoff` to `after.backoff`. */
function eventName(type: string): string {
  const [, delay] = /^xstate\.after\.([^.]+)/.exec(type) ?? []
  const name = delay === undefined ? type : `after.${delay}`
  return isEventName(name) ? name : 'unknown'
}

/** Collects the allowed fields of the event and of its nested objects (seat, room event, message). */
function safeFields(event: object): TraceEntry['fields'] {
  const fields: TraceEntry['fields'] = {}
  for (const [name, value] of Object.entries(event)) {
    if (isSafeField(name, value)) fields[name] = value
    else if (isRecord(value)) Object.assign(fields, safeFields({ kind: value.type, ...value }))
  }
  return fields
}
