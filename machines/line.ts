import type { DeviceProblem } from './device.ts'
import type { Media } from './link.facts.ts'
import type { HangupReason } from './negotiation.ts'
import type { ByeReason, Code, PeerMessage, Presence, Role, RoomEvent, SeatName } from './wire.ts'
import type { Fact, Place, StateValue, TracedEvent, TracedMachine, TraceLine } from './trace.ts'

/** What may be written down of an event. Reading it again is trace.ts' business, which a page loads when somebody looks. */

type Rule = (value: unknown) => boolean

/** A new word anywhere in the vocabulary does not compile until it is known here. */
const oneOf = <W extends string>(words: Record<W, true>): Rule => (value) => typeof value === 'string' && Object.hasOwn(words, value)
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 64 && /^[a-z]+(\.[a-z]+)*$/i.test(value)
export const isCount: Rule = (value) => Number.isSafeInteger(value)
const isFlag: Rule = (value) => typeof value === 'boolean'
const isConnection: Rule = (value) => typeof value === 'string' && /^[ab]\d{1,15}\.\d{1,9}$/.test(value)
const isRoomState = oneOf<'empty' | 'created' | 'ready' | 'full'>({ empty: true, created: true, ready: true, full: true })

/** The facts that may be kept, each with what it may be. */
const rules: Record<string, Rule> = {
  /** What kind of news it was, or of message. */
  what: oneOf<RoomEvent['type'] | PeerMessage['type']>({
    joined: true, ready: true, full: true, message: true, 'peer.away': true, 'peer.back': true, 'peer.left': true, 'seat.taken': true, resync: true,
    drain: true, log: true, offer: true, answer: true, candidate: true, media: true, bye: true, watch: true, trace: true,
  }),
  /** Of the room, after and before. */
  state: isRoomState, was: isRoomState,
  seat: oneOf<SeatName>({ a: true, b: true }),
  role: oneOf<Role>({ impolite: true, polite: true }),
  peer: oneOf<Presence>({ absent: true, here: true, away: true }),
  media: oneOf<Media>({ flowing: true, stopped: true }),
  reason: oneOf<HangupReason | ByeReason>({ unsupported: true, local: true, remote: true, left: true, elsewhere: true, failed: true, lost: true }),
  code: oneOf<Code>({
    full: true, 'bad-room': true, 'bad-input': true, 'too-large': true, throttled: true, 'server-full': true, 'not-ready': true, 'seat-lost': true,
    'out-of-order': true, unavailable: true, 'not-found': true, internal: true,
  }),
  problem: oneOf<DeviceProblem>({
    denied: true, 'denied-by-system': true, missing: true, busy: true, unsuitable: true, insecure: true, unsupported: true, unplugged: true, stalled: true, unknown: true,
  }),
  connection: isConnection,
  epoch: isCount, negotiation: isCount, said: isCount, delayMs: isCount,
  resumed: isFlag, restart: isFlag, fresh: isFlag, mayReturn: isFlag, closes: isFlag,
  microphone: isFlag, camera: isFlag, screen: isFlag,
}

export const harmless: ReadonlySet<string> = new Set(Object.keys(rules))
export const isHarmless = (name: string, value: unknown): value is Fact => harmless.has(name) && rules[name]?.(value) === true

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

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
