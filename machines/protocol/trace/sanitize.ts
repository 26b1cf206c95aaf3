import { isHarmless, isName, isRecord } from '../traceFacts.ts'
import type { Place, TracedMachine, TraceLine } from '../traceLine.ts'
import type { StateValue, TracedEvent } from './types.ts'

/** What an event becomes in a trace. traceFile.ts reads it again; a page loads that when somebody looks. */

/** What an actor was told, and the state it came to, as a line. */
export function lineOf({ at, place, machine, event, state }: {
  at: number
  place: Place
  machine: TracedMachine
  event: TracedEvent
  state: StateValue
}): TraceLine {
  return { at: Math.round(at), place, machine, event: eventName(event.type), facts: factsOf(event), state: stateName(state) }
}

/** `{ connected: 'flowing' }` as `connected.flowing`; where a machine is in several states at once, each of them: `path.told, link.fine`. */
export const stateName = (value: StateValue): string => pathsOf(value).join(', ')

function pathsOf(value: StateValue): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value).flatMap(([name, inner]) => {
    const paths = inner === undefined ? [] : pathsOf(inner)
    return paths.length === 0 ? [name] : paths.map((path) => `${name}.${path}`)
  })
}

/** XState's own `xstate.after.pause.link.waiting` names the state as well. */
function eventName(type: string): string {
  const [, delay] = /^xstate\.after\.([^.]+)/.exec(type) ?? []
  const name = delay === undefined ? type : `after.${delay}`
  return isName(name) ? name : 'unknown'
}

/** Of the event, and of what it wraps: the seat that was given, the news, the message in it. */
function factsOf(event: object): TraceLine['facts'] {
  const facts: TraceLine['facts'] = {}
  for (const [name, value] of Object.entries(event)) {
    if (isHarmless(name, value)) facts[name] = value
    else if (isRecord(value)) Object.assign(facts, factsOf({ what: value.type, ...value }))
  }
  return facts
}
