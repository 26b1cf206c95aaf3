/**
 * What happened, line by line, fit to be shown, saved and sent to somebody else: only facts from a list of harmless names, and
 * of those only counts, flags, names of connections, and words that are known. So no description, candidate, token, key,
 * address, label or device gets in, whatever an event carries.
 */
import { isCount, isHarmless, isName, isRecord } from './line.ts'

export { harmless, lineOf, stateName } from './line.ts'

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
  /** The machine's state after it: `connected.flowing`; several, if it is in several at once: `path.told, peer.fine, link.fine`. */
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
export const tracedMachines = ['visit', 'link', 'call', 'safety', 'microphone', 'camera', 'screen', 'notice', 'quality', 'room'] as const

/** Every innermost state that a line's `state` names. */
export const statesIn = (state: string): string[] => state.split(', ')

/** What `stateName` named, as XState has it. */
export const stateValue = (state: string): StateValue => valueOf(statesIn(state).map((path) => path.split('.')))

function valueOf(paths: string[][]): StateValue {
  const names = [...new Set(paths.flatMap(([first]) => first ?? []))]
  const within = (name: string): string[][] => paths.flatMap(([first, ...rest]) => (first === name && rest.length > 0 ? [rest] : []))
  const [only = '', ...others] = names
  if (others.length === 0 && within(only).length === 0) return only
  return Object.fromEntries(names.map((name) => [name, within(name).length > 0 ? valueOf(within(name)) : {}]))
}

/** What a file may hold: more than a page keeps. */
const mostLines = 5_000

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
  if (!isState(state)) return 'has no state'
  if (!isRecord(facts)) return 'has no facts'
  const odd = Object.keys(facts).find((name) => !isHarmless(name, facts[name]))
  return odd === undefined ? null : `holds something that does not belong into a trace: ${JSON.stringify(odd.slice(0, 20))}`
}

/** No longer than a name may be, however many states it names. */
const isState = (value: unknown): boolean => typeof value === 'string' && value.length <= 64 && statesIn(value).every(isName)

const isSame = (some: string[], others: string[]): boolean => some.join() === others.join()
