/**
 * What happened, line by line, fit to be shown, saved and sent to somebody else: only facts from a list of harmless names, and
 * of those only counts, flags, names of connections, and words that are known. So no description, candidate, token, key,
 * address, label or device gets in, whatever an event carries.
 */
import type { DeviceProblem } from './device.ts'
import type { Media } from './link.facts.ts'
import type { HangupReason } from './negotiation.ts'
import type { Code, PeerMessage, Presence, Role, RoomEvent, SeatName } from './wire.ts'

export type Place = (typeof places)[number]
export type TracedMachine = (typeof tracedMachines)[number]

/** One line of what happened. */
export interface TraceLine {
  /** Milliseconds since the trace began, on the clock of the page that keeps it. */
  at: number
  /** Seen from the page that keeps it. */
  place: Place
  machine: TracedMachine
  /** The event's type, such as `offer.received`; `after.pause` where a machine waited so long. */
  event: string
  facts: Record<string, Fact>
  /** The machine's state after it: `connected.flowing`. */
  state: string
}

export interface Trace {
  version: 1
  /** When, as ISO 8601 says it. */
  began: string
  lines: TraceLine[]
}

export type TracedEvent = { type: string } & Record<string, unknown>
export type Fact = string | number | boolean
/** As XState has it: `{ connected: 'flowing' }`. */
export type StateValue = string | { [name: string]: StateValue | undefined }

export const places = ['here', 'there', 'server'] as const
export const tracedMachines = ['visit', 'link', 'call', 'microphone', 'camera', 'screen', 'room'] as const
/** Of the lines that a file may hold: what it is kept in holds fewer. */
const mostLines = 5_000

type Rule = (value: unknown) => boolean

/** A new word anywhere in the vocabulary does not compile until it is known here. */
const oneOf = <W extends string>(words: Record<W, true>): Rule => (value) => typeof value === 'string' && Object.hasOwn(words, value)
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 64 && /^[a-z]+(\.[a-z]+)*$/i.test(value)
const isCount: Rule = (value) => Number.isSafeInteger(value)
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
  reason: oneOf<HangupReason>({ local: true, remote: true, left: true, elsewhere: true, failed: true, lost: true }),
  code: oneOf<Code>({
    full: true, 'bad-room': true, 'bad-input': true, 'too-large': true, throttled: true, 'not-ready': true, 'seat-lost': true,
    'out-of-order': true, unavailable: true, 'not-found': true, internal: true,
  }),
  problem: oneOf<DeviceProblem>({
    denied: true, 'denied-by-system': true, missing: true, busy: true, unsuitable: true, insecure: true, unplugged: true, unknown: true,
  }),
  connection: isConnection,
  epoch: isCount, negotiation: isCount, said: isCount, delayMs: isCount,
  resumed: isFlag, restart: isFlag, fresh: isFlag, mayReturn: isFlag,
  microphone: isFlag, camera: isFlag, screen: isFlag,
}

export const harmless: ReadonlySet<string> = new Set(Object.keys(rules))
const isHarmless = (name: string, value: unknown): value is Fact => harmless.has(name) && rules[name]?.(value) === true

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

/** `{ connected: 'flowing' }` as `connected.flowing`. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value
  return Object.entries(value).map(([name, inner]) => (inner === undefined ? name : `${name}.${stateName(inner)}`)).join('.')
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

/** True where something is a line and nothing else: whoever gets one from elsewhere asks. */
export function isLine(value: unknown): value is TraceLine {
  return faultOf(value) === null
}

/** The text of a file that `readTrace` reads. */
export const traceText = (trace: Trace): string =>
  `{"version":${trace.version},"began":${JSON.stringify(trace.began)},"lines":[\n${trace.lines.map((line) => JSON.stringify(line)).join(',\n')}\n]}\n`

/** @throws an Error that says in words what is wrong with it */
export function readTrace(text: string): Trace {
  const trace = parse(text)
  if (!isRecord(trace)) throw new Error('This is no trace: it holds no object')
  const { version, began, lines } = trace
  if (version !== 1) throw new Error('This is no trace, or of a version that is not known here')
  if (typeof began !== 'string' || !isDate.test(began)) throw new Error('The trace does not say when it began')
  if (!Array.isArray(lines) || lines.length > mostLines) throw new Error(`The trace holds no list of at most ${mostLines} lines`)
  lines.forEach((line, index) => {
    const fault = faultOf(line)
    if (fault) throw new Error(`Line ${index + 1} of the trace ${fault}`)
  })
  return { version, began, lines: lines as TraceLine[] }
}

const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('This is no trace: it is no JSON')
  }
}

const names = ['at', 'event', 'facts', 'machine', 'place', 'state']

function faultOf(line: unknown): string | null {
  if (!isRecord(line)) return 'is no line'
  const { at, place, machine, event, facts, state } = line
  if (!isSame(Object.keys(line).sort(), names)) return 'says more or less than a line does'
  if (!isCount(at)) return 'does not say when it happened'
  if (!places.some((known) => known === place)) return 'happened at a place that is not known'
  if (!tracedMachines.some((known) => known === machine)) return 'tells of a machine that is not known'
  if (!isName(event)) return 'has no event'
  if (!isName(state)) return 'has no state'
  if (!isRecord(facts)) return 'has no facts'
  const odd = Object.keys(facts).find((name) => !isHarmless(name, facts[name]))
  return odd === undefined ? null : `holds something that does not belong into a trace: ${JSON.stringify(odd.slice(0, 20))}`
}

const isSame = (some: string[], others: string[]): boolean => some.join() === others.join()

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
