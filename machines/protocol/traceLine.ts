import { type Fact, isCount, isHarmless, isName, isRecord } from './traceFacts.ts'

/** One line of what happened, fit to be shown, saved and sent to somebody else. It holds only what traceFacts.ts lets pass. */
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

export const places = ['here', 'there', 'server'] as const
export type Place = (typeof places)[number]

export const tracedMachines = ['visit', 'link', 'call', 'safety', 'microphone', 'camera', 'screen', 'notice', 'quality', 'room'] as const
export type TracedMachine = (typeof tracedMachines)[number]

/** Every innermost state that a line's `state` names. */
export const statesIn = (state: string): string[] => state.split(', ')

/** True where something is a line and nothing else: whoever gets one from elsewhere asks. */
export function isLine(value: unknown): value is TraceLine {
  return faultOf(value) === null
}

const names = ['at', 'event', 'facts', 'machine', 'place', 'state']

/** What is wrong with a line, in words that follow its number; null for a good one. */
export function faultOf(line: unknown): string | null {
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
