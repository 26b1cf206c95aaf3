import { type Place, places, statesIn, type TracedMachine, tracedMachines, type TraceLine } from '../../../machines/protocol/traceLine.ts'
import type { SeatName } from '../../../machines/protocol/messages.ts'
import type { MachineName } from './drawings.ts'
import { type Link, type Plan, taken } from './edges.ts'

/** What a trace tells: where everybody is after some of its lines, and which lines crossed the wire. */

/** Three machines are instances of one. */
export const machineOf = (traced: TracedMachine): MachineName =>
  traced === 'microphone' || traced === 'camera' || traced === 'screen' ? 'device' : traced

/** From left to right: who has seat a, the server, who has seat b; this side, where seats are not known. */
export interface Lanes { order: [Place, 'server', Place]; seats: Partial<Record<Place, SeatName>> }

export function lanesOf(lines: readonly TraceLine[]): Lanes {
  const seats: Lanes['seats'] = {}
  for (const { place, machine, event, facts } of lines) {
    if (machine !== 'room' && event === 'seat.given' && (facts.seat === 'a' || facts.seat === 'b')) seats[place] = facts.seat
  }
  if (seats.here && !seats.there) seats.there = seats.here === 'a' ? 'b' : 'a'
  return { order: seats.here === 'b' ? ['there', 'server', 'here'] : ['here', 'server', 'there'], seats }
}

export type States = Partial<Record<Place, string>>

/** Every machine's newest state at each place. */
export function statesAfter(lines: readonly TraceLine[]): Record<TracedMachine, States> {
  const found = Object.fromEntries(tracedMachines.map((machine) => [machine, {}])) as Record<TracedMachine, States>
  for (const { machine, place, state } of lines) found[machine][place] = state
  return found
}

export interface Trail { place: Place; link: Link; at: number }

/** The way that each place took last in one machine; `at`: the number of its line, so that it may flash once. */
export function trailsOf(plan: Plan, traced: TracedMachine, lines: readonly TraceLine[]): Trail[] {
  return places.flatMap((place) => {
    const own = lines.flatMap((line, at) => (line.machine === traced && line.place === place ? [{ ...line, at }] : []))
    for (let n = own.length - 1; n > 0; n--) {
      const [line, before] = [own[n], own[n - 1]]
      const found = line && before ? taken(plan, before.state, line.event, line.state) : []
      if (line && found.length > 0) return found.map((link) => ({ place, link, at: line.at }))
    }
    return []
  })
}

export interface Step {
  line: TraceLine
  /** Its number in the trace. */
  at: number
  /** Null: it stayed where it happened. */
  way: { from: Place; to: Place } | null
  label: string
  /** The state, where it is another than before. */
  became: string | null
}

/** What the server has for a browser, as its link hears it. */
const fromServer = new Set(['seat.given', 'news.read', 'visit.refused', 'leave.heard'])

export function stepsOf(lines: readonly TraceLine[]): Step[] {
  const { seats } = lanesOf(lines)
  const known = new Map<string, string>()
  return lines.map((line, at) => {
    const key = `${line.place} ${line.machine}`
    const before = known.get(key) ?? line.facts.was
    known.set(key, line.state)
    return { line, at, way: wayOf(line, seats), label: labelOf(line), became: newIn(line.state, before) }
  })
}

/** Of several states at once, those that are others than before. */
function newIn(state: string, before: unknown): string | null {
  const known = typeof before === 'string' ? statesIn(before) : []
  return statesIn(state).filter((each) => !known.includes(each)).join(', ') || null
}

function wayOf({ place, machine, event, facts }: TraceLine, seats: Lanes['seats']): Step['way'] {
  if (machine === 'link' && fromServer.has(event)) return { from: 'server', to: place }
  const from = places.find((each) => seats[each] !== undefined && seats[each] === facts.seat)
  return machine === 'room' && from ? { from, to: 'server' } : null
}

/** Who reads the arrow wants to know what was said, not that something was. */
function labelOf({ machine, event, facts }: TraceLine): string {
  if (machine === 'link' && event === 'news.read' && typeof facts.what === 'string') return facts.what
  if (machine === 'link' && event === 'seat.given') return 'joined'
  if (machine === 'link' && event === 'visit.refused') return `refused: ${facts.code ?? ''}`
  return machine === 'room' ? event.replace(/\.relayed$/, '') : event
}
