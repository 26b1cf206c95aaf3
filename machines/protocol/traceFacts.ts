import { byeReasons, codes, deviceProblems, flows, hangupReasons, peerMessageTypes, presences, roles, roomEventTypes, seats } from './vocabulary.ts'

/**
 * Which facts of an event may be written down: counts, flags, names of connections, and words that are known. So no description,
 * candidate, token, key, address, label or device gets in, whatever an event carries.
 */

export type Fact = string | number | boolean

type Rule = (value: unknown) => boolean

const oneOf = (...lists: readonly (readonly string[])[]): Rule => {
  const words = new Set<unknown>(lists.flat())
  return (value) => words.has(value)
}
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 64 && /^[a-z]+(\.[a-z]+)*$/i.test(value)
export const isCount: Rule = (value) => Number.isSafeInteger(value)
const isFlag: Rule = (value) => typeof value === 'boolean'
const isConnection: Rule = (value) => typeof value === 'string' && /^[ab]\d{1,15}\.\d{1,9}$/.test(value)
const isRoomState = oneOf(['empty', 'created', 'ready', 'full'])

/** The facts that may be kept, each with what it may be. */
const rules: Record<string, Rule> = {
  /** What kind of news it was, or of message. */
  what: oneOf(roomEventTypes, peerMessageTypes),
  /** Of the room, after and before. */
  state: isRoomState, was: isRoomState,
  seat: oneOf(seats),
  role: oneOf(roles),
  peer: oneOf(presences),
  media: oneOf(flows),
  reason: oneOf(hangupReasons, byeReasons),
  code: oneOf(codes),
  problem: oneOf(deviceProblems),
  connection: isConnection,
  epoch: isCount, negotiation: isCount, said: isCount, delayMs: isCount,
  resumed: isFlag, restart: isFlag, fresh: isFlag, mayReturn: isFlag, closes: isFlag,
  microphone: isFlag, camera: isFlag, screen: isFlag,
}

export const harmless: ReadonlySet<string> = new Set(Object.keys(rules))
export const isHarmless = (name: string, value: unknown): value is Fact => harmless.has(name) && rules[name]?.(value) === true

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
