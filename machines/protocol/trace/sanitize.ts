import { isSafeField, isEventName, isRecord } from '../traceFields.ts'
import type { Place, TracedMachine, TraceEntry } from '../traceEntry.ts'
import type { StateValue, TracedEvent } from './types.ts'

/** Turns events into trace entries. traceFile.ts reads them back; a page loads that file only on demand. */

/** Records an event of an actor and the state after it. */
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

/** `{ connected: 'flowing' }` as `connected.flowing`; a parallel state lists all of them: `transport.shown, signaling.hidden`. */
export const formatState = (value: StateValue): string => statePaths(value).join(', ')

function statePaths(value: StateValue): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value).flatMap(([name, inner]) => {
    const paths = inner === undefined ? [] : statePaths(inner)
    return paths.length === 0 ? [name] : paths.map((path) => `${name}.${path}`)
  })
}

/** XState's own `xstate.after.backoff.signaling.backoff` names the state, too. */
function eventName(type: string): string {
  const [, delay] = /^xstate\.after\.([^.]+)/.exec(type) ?? []
  const name = delay === undefined ? type : `after.${delay}`
  return isEventName(name) ? name : 'unknown'
}

/** The allowed fields of the event and of the objects in it: the seat, the room event, the message. */
function safeFields(event: object): TraceEntry['fields'] {
  const fields: TraceEntry['fields'] = {}
  for (const [name, value] of Object.entries(event)) {
    if (isSafeField(name, value)) fields[name] = value
    else if (isRecord(value)) Object.assign(fields, safeFields({ kind: value.type, ...value }))
  }
  return fields
}
