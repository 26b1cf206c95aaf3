import { type Chart, type ChartMove, type ChartState } from '../../machines/chart.ts'

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
function firstIn(chart: Chart, id: string): string {
  const { initial } = stateOf(chart, id)
  return initial === null ? id : firstIn(chart, initial)
}

export function stateOf(chart: Chart, id: string): ChartState {
  const found = chart.states.find((state) => state.id === id)
  if (!found) throw new Error(`${chart.machine} has no state ${id}`)
  return found
}

/** Which links a machine went along: it was in `before`, heard `event`, and is in `after` (paths, as a trace has them). */
export function taken({ chart, links }: Plan, before: string, event: string, after: string): Link[] {
  const [left, come] = [before, after].map((path) => `${chart.machine}.${path}`) as [string, string]
  const comesTo = (to: string | null): boolean => (to === null ? left === come : isWithin(come, to) || stateOf(chart, to).kind === 'history')
  const fits = ({ from, event: name, to }: ChartMove): boolean => name === event && isWithin(left, from) && comesTo(to)
  const hits = chart.moves.flatMap((move, at) => (fits(move) ? [at] : []))
  // The innermost state that hears an event decides.
  const deepest = Math.max(...hits.map((at) => depth(chart, at)))
  return links.filter(({ moves }) => moves.some((at) => hits.includes(at) && depth(chart, at) === deepest))
}

const depth = (chart: Chart, at: number): number => (chart.moves[at]?.from ?? '').split('.').length

/** What a state hears, its own rules first, then those of the groups around it; without those that an inner one leaves nothing to. */
export function heardIn({ moves }: Chart, id: string): ChartMove[] {
  const around = moves.filter(({ from }) => isWithin(id, from)).sort((a, b) => b.from.length - a.from.length)
  const isSettled = ({ from, event }: ChartMove): boolean =>
    around.some((inner) => inner.event === event && inner.from.length > from.length && (inner.guard === null || inner.guard === 'else'))
  return around.filter((move) => !isSettled(move))
}
