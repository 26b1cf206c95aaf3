import type { DeviceKind } from './vocabulary.ts'
import { type TraceValue, isInteger, isSafeField, isEventName, isRecord } from './traceFields.ts'

/**
 * One recorded event of a machine. It can be shown, saved and sent to the peer, because it holds only the fields of
 * traceFields.ts.
 */
export interface TraceEntry {
  /** Milliseconds since the start of the trace, on the clock of the recording page. */
  atMs: number
  /** The place of the machine, relative to the recording page. */
  place: Place
  machine: TracedMachine
  /** The event's type, such as `offer.received`, or `after.backoff` for a delayed transition. */
  event: string
  fields: Record<string, TraceValue>
  /**
   * The machine's state after the event, such as `connected.flowing`. A parallel machine lists all:
   * `transport.shown, peer.hidden, signaling.hidden`.
   */
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
  'preparation',
  'chat',
  'transfer',
  'microphoneHint',
  'pushToTalk',
  'room',
] as const
export type TracedMachine = (typeof tracedMachines)[number]

/** A machine by its id. Microphone, camera and screen are actors of one machine. */
export type MachineName = Exclude<TracedMachine, DeviceKind> | 'device'

/** Returns the machine of a traced actor. */
export const machineNameFor = (traced: TracedMachine): MachineName =>
  traced === 'microphone' || traced === 'camera' || traced === 'screen' ? 'device' : traced

/** Splits an entry's `state` into the paths of its innermost states. */
export const splitStates = (state: string): string[] => state.split(', ')

/** Validates an entry from a peer or a file. */
export function isTraceEntry(value: unknown): value is TraceEntry {
  return findEntryFault(value) === null
}

const entryKeys = ['atMs', 'event', 'fields', 'machine', 'place', 'state']

/** Returns the fault of an invalid entry as a phrase that follows "Entry 1 of the trace"; null for a valid entry. */
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
