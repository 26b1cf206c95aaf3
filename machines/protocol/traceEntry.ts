import { type TraceValue, isInteger, isSafeField, isEventName, isRecord } from './traceFields.ts'

/** One recorded event of a machine. It may be shown, saved and sent to the other side: it holds only fields that traceFields.ts allows. */
export interface TraceEntry {
  /** Milliseconds since the trace began, on the clock of the page that keeps it. */
  atMs: number
  /** Seen from the page that keeps it. */
  place: Place
  machine: TracedMachine
  /** The event's type, such as `offer.received`; `after.backoff` where a machine waited so long. */
  event: string
  fields: Record<string, TraceValue>
  /** The machine's state after it: `connected.flowing`; several, if it is in several at once: `transport.shown, peer.hidden, signaling.hidden`. */
  state: string
}

export const places = ['here', 'there', 'server'] as const
export type Place = (typeof places)[number]

export const tracedMachines = [
  'membership',
  'signaling',
  'call',
  'verification',
  'microphone',
  'camera',
  'screen',
  'statusBanner',
  'quality',
  'room',
] as const
export type TracedMachine = (typeof tracedMachines)[number]

/** The innermost states in an entry's `state`. */
export const splitStates = (state: string): string[] => state.split(', ')

/** Checks an entry that comes from outside. */
export function isTraceEntry(value: unknown): value is TraceEntry {
  return findEntryFault(value) === null
}

const entryKeys = ['atMs', 'event', 'fields', 'machine', 'place', 'state']

/** Describes why a value is not an entry, as a phrase that follows its number; null for a valid entry. */
export function findEntryFault(entry: unknown): string | null {
  if (!isRecord(entry)) return 'is not an object'
  const { atMs, place, machine, event, fields, state } = entry
  if (!isSame(Object.keys(entry).sort(), entryKeys)) return 'has missing or unknown properties'
  if (!isInteger(atMs)) return 'has no valid time'
  if (!places.some((known) => known === place)) return 'has an unknown place'
  if (!tracedMachines.some((known) => known === machine)) return 'has an unknown machine'
  if (!isEventName(event)) return 'has no valid event'
  if (!isState(state)) return 'has no valid state'
  if (!isRecord(fields)) return 'has no fields'
  const unsafe = Object.keys(fields).find((name) => !isSafeField(name, fields[name]))
  return unsafe === undefined
    ? null
    : `has a field that is not allowed in a trace: ${JSON.stringify(unsafe.slice(0, 20))}`
}

/** At most 64 characters for all states together. */
const isState = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= 64 && splitStates(value).every(isEventName)

const isSame = (some: string[], others: string[]): boolean => some.join() === others.join()
