import { type Chart, type ChartMove, type ChartState } from '../../../machines/statechart.ts'
import { statesIn } from '../../../machines/protocol/traceLine.ts'

/** What a picture of a machine is made of, before anything has a place. */
export interface Plan {
  chart: Chart
  links: Link[]
  /** Groups that may be left, or gone round in, from whichever state inside: these have a mark “any” to begin at. */
  anywhere: string[]
}

/** All moves between the same two places. */
export interface Link {
  from: string
  to: string
  /** Their places in `chart.moves`. */
  moves: number[]
  /** One line for each event; a `?` where a guard is asked. */
  label: string[]
}

/** The mark in a group that stands for whichever state is in force there, and the dot where it begins. */
export const anyIn = (group: string): string => `${group}#any`
export const startOf = (group: string): string => `${group}#start`
/** The state or group that an end of a line is, or stands for. */
export const placeOf = (end: string): string => end.split('#')[0] ?? end

/** Moves that stay where they are draw no line: they are told beside the picture. */
export function planOf(chart: Chart): Plan {
  const links = new Map<string, Link>()
  chart.moves.forEach((move, at) => {
    const ends = endsOf(chart, move)
    if (!ends) return
    const key = `${ends.from} ${ends.to}`
    const link = links.get(key) ?? { ...ends, moves: [], label: [] }
    links.set(key, { ...link, moves: [...link.moves, at], label: withLine(link.label, lineOf(move)) })
  })
  const all = [...links.values()]
  const groups = chart.states.filter(({ kind }) => kind === 'group').map(({ id }) => id)
  return { chart, links: all, anywhere: groups.filter((id) => all.some(({ from }) => from === anyIn(id))) }
}

const lineOf = ({ event, guard }: ChartMove): string => (guard === null ? event : `${event} ?`)
const withLine = (lines: string[], line: string): string[] => (lines.includes(line) ? lines : [...lines, line])

/** True for the state itself too. */
export const isWithin = (id: string, group: string): boolean => id === group || id.startsWith(`${group}.`)

/** A line never ends at a box that it is inside of: it would have to begin and end at one border. */
function endsOf(chart: Chart, { from, to }: ChartMove): { from: string; to: string } | null {
  if (to === null || (from === to && stateOf(chart, from).kind === 'history')) return null
  const isGroup = stateOf(chart, from).kind === 'group'
  return {
    from: isGroup && isWithin(to, from) ? anyIn(from) : from,
    to: isWithin(from, to) ? firstIn(chart, to) : to,
  }
}

/** The state that is in force when a group is entered. */
export function firstIn(chart: Chart, id: string): string {
  const { initial } = stateOf(chart, id)
  return initial === null ? id : firstIn(chart, initial)
}

/** What a machine is in all at once, where nothing leads from one to another; none where it is in one state at a time. */
export function partsOf({ chart, links }: Pick<Plan, 'chart' | 'links'>): string[] {
  const parts = chart.states.filter(({ parent }) => parent === chart.machine).map(({ id }) => id)
  const isApart = ({ from, to }: Link): boolean => parts.some((part) => isWithin(placeOf(from), part) && isWithin(to, part))
  return stateOf(chart, chart.machine).initial === null && links.every(isApart) ? parts : []
}

export function stateOf(chart: Chart, id: string): ChartState {
  const found = chart.states.find((state) => state.id === id)
  if (!found) throw new Error(`${chart.machine} has no state ${id}`)
  return found
}

/** Which links a machine went along: it was in `before`, heard `event`, and is in `after` (as a trace names states). */
export function taken({ chart, links }: Plan, before: string, event: string, after: string): Link[] {
  const [left, come] = [before, after].map((state) => statesIn(state).map((path) => `${chart.machine}.${path}`)) as [string[], string[]]
  const moves = left.flatMap((from) => movesFrom(chart, from, event, come))
  return links.filter((link) => link.moves.some((at) => moves.includes(at)))
}

/** The moves that led from one state to where the machine is; where what was heard leads to another state first, and on from there by itself, both. */
function movesFrom(chart: Chart, left: string, event: string, come: readonly string[]): number[] {
  const heard = decided(chart, left, event)
  const hits = heard.filter((at) => comesTo(chart, left, at, come))
  if (hits.length > 0) return innermost(chart, hits)
  return innermost(chart, heard).flatMap((at) => {
    const between = targetOf(chart, left, at)
    const onward = decided(chart, between, 'always').filter((next) => comesTo(chart, between, next, come))
    return onward.length > 0 ? [at, ...innermost(chart, onward)] : []
  })
}

/** Everything that a state, or a group around it, makes of an event. */
const decided = ({ moves }: Chart, id: string, event: string): number[] =>
  moves.flatMap((move, at) => (move.event === event && isWithin(id, move.from) ? [at] : []))

/** The innermost state that hears an event decides. */
function innermost(chart: Chart, moves: readonly number[]): number[] {
  const depth = (at: number): number => (chart.moves[at]?.from ?? '').split('.').length
  const deepest = Math.max(...moves.map(depth))
  return moves.filter((at) => depth(at) === deepest)
}

function targetOf(chart: Chart, left: string, at: number): string {
  const to = chart.moves[at]?.to ?? null
  return to === null ? left : firstIn(chart, to)
}

function comesTo(chart: Chart, left: string, at: number, come: readonly string[]): boolean {
  const to = chart.moves[at]?.to ?? null
  return to === null ? come.includes(left) : come.some((id) => isWithin(id, to)) || stateOf(chart, to).kind === 'history'
}

/** What a state hears, its own rules first, then those of the groups around it; without those that an inner one leaves nothing to. */
export function heardIn({ moves }: Chart, id: string): ChartMove[] {
  const around = moves.filter(({ from }) => isWithin(id, from)).sort((a, b) => b.from.length - a.from.length)
  const isSettled = ({ from, event }: ChartMove): boolean =>
    around.some((inner) => inner.event === event && inner.from.length > from.length && (inner.guard === null || inner.guard === 'else'))
  return around.filter((move) => !isSettled(move))
}
