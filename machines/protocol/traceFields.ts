import {
  hangupMessageReasons,
  errorCodes,
  deviceProblems,
  mediaFlows,
  callEndReasons,
  peerMessageTypes,
  presences,
  roomPolicies,
  roles,
  roomEventTypes,
  seats,
  transferEndReasons,
} from './vocabulary.ts'

/**
 * The fields of an event that a trace may record: numbers, booleans, connection names and known words. So a trace never
 * holds a description, candidate, token, key, address, label or device id.
 */

/** A value of an allowed field. */
export type TraceValue = string | number | boolean

type Rule = (value: unknown) => boolean

const isOneOf = (...lists: readonly (readonly string[])[]): Rule => {
  const words = new Set<unknown>(lists.flat())
  return (value) => words.has(value)
}
/** Returns true for a name of dotted letters, at most 64 characters. State paths have the same form. */
export const isEventName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 64 && /^[a-z]+(\.[a-z]+)*$/i.test(value)
/** Returns true for an integer that a double holds exactly, of any sign. */
export const isInteger: Rule = (value) => Number.isSafeInteger(value)
const isBoolean: Rule = (value) => typeof value === 'boolean'
const isConnection: Rule = (value) => typeof value === 'string' && /^[ab]\d{1,15}\.\d{1,9}$/.test(value)
const isRoomState = isOneOf(['empty', 'created', 'ready', 'full'])

/** The check of each allowed field's value. */
const fieldRules = {
  /** The type of the room event or message inside the event. */
  kind: isOneOf(roomEventTypes, peerMessageTypes),
  /** State of the room after the event, and before it. */
  state: isRoomState,
  stateBefore: isRoomState,
  seat: isOneOf(seats),
  role: isOneOf(roles),
  peer: isOneOf(presences),
  mediaFlow: isOneOf(mediaFlows),
  policy: isOneOf(roomPolicies),
  reason: isOneOf(callEndReasons, hangupMessageReasons, transferEndReasons),
  code: isOneOf(errorCodes),
  problem: isOneOf(deviceProblems),
  connection: isConnection,
  epoch: isInteger,
  negotiation: isInteger,
  acked: isInteger,
  delayMs: isInteger,
  resumed: isBoolean,
  restart: isBoolean,
  reloaded: isBoolean,
  pageClosing: isBoolean,
  microphone: isBoolean,
  camera: isBoolean,
  screen: isBoolean,
} satisfies Record<string, Rule>

/** The name of a field that a trace may record. */
export type TraceFieldName = keyof typeof fieldRules

export const safeFieldNames: ReadonlySet<string> = new Set(Object.keys(fieldRules))
/** Returns true if a trace may record this field with this value. */
export const isSafeField = (name: string, value: unknown): value is TraceValue =>
  safeFieldNames.has(name) && fieldRules[name as TraceFieldName](value)

/** Returns true for an object that is neither null nor an array. Its properties are unchecked. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
