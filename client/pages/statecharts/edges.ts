import { type Statechart, type StatechartTransition, type StatechartState } from '../../../machines/statechart.ts'
import { splitStates } from '../../../machines/protocol/traceEntry.ts'

/** What a picture of a machine is made of, before anything has a place. */
export interface ChartGraph {
  chart: Statechart
  edges: ChartEdge[]
  /** Groups that may be before, or gone round in, from whichever state inside: these have a mark “any” to begin at. */
  groupsWithAnyMark: string[]
}

/** All transitions intermediate the same two places. */
export interface ChartEdge {
  from: string
  to: string
  /** Their indices in `chart.transitions`. */
  transitions: number[]
  /** One line for each event; a `?` where a guard is asked. */
  label: string[]
}

/** The mark in a group that stands for whichever state is in force there, and the dot where it begins. */
export const anyMarkId = (group: string): string => `${group}#any`
export const startMarkId = (group: string): string => `${group}#start`
/** The id of the state or group that an end of an edge is, or stands for. */
export const stateIdOf = (end: string): string => end.split('#')[0] ?? end

/** A transition that stays in its state has no edge: the text beside the picture names it. */
export function buildChartGraph(chart: Statechart): ChartGraph {
  const edgesByEnds = new Map<string, ChartEdge>()
  chart.transitions.forEach((transition, index) => {
    const ends = edgeEnds(chart, transition)
    if (!ends) return
    const key = `${ends.from} ${ends.to}`
    const edge = edgesByEnds.get(key) ?? { ...ends, transitions: [], label: [] }
    edgesByEnds.set(key, {
      ...edge,
      transitions: [...edge.transitions, index],
      label: addLine(edge.label, labelLine(transition)),
    })
  })
  const edges = [...edgesByEnds.values()]
  const groups = chart.states.filter(({ kind }) => kind === 'group').map(({ id }) => id)
  return { chart, edges, groupsWithAnyMark: groups.filter((id) => edges.some(({ from }) => from === anyMarkId(id))) }
}

const labelLine = ({ event, guard }: StatechartTransition): string => (guard === null ? event : `${event} ?`)
const addLine = (lines: string[], line: string): string[] => (lines.includes(line) ? lines : [...lines, line])

/** True for the state itself too. */
export const isWithin = (id: string, group: string): boolean => id === group || id.startsWith(`${group}.`)

/** An edge never ends at a box that it is inside of: it would have to begin and end at one border. */
function edgeEnds(chart: Statechart, { from, to }: StatechartTransition): { from: string; to: string } | null {
  if (to === null || (from === to && findState(chart, from).kind === 'history')) return null
  const isGroup = findState(chart, from).kind === 'group'
  return {
    from: isGroup && isWithin(to, from) ? anyMarkId(from) : from,
    to: isWithin(from, to) ? initialLeaf(chart, to) : to,
  }
}

/** The state that is in force when a group is entered. */
export function initialLeaf(chart: Statechart, id: string): string {
  const { initial } = findState(chart, id)
  return initial === null ? id : initialLeaf(chart, initial)
}

/** What a machine is in all at once, where nothing leads from one to another; none where it is in one state at a time. */
export function parallelRegions({ chart, edges }: Pick<ChartGraph, 'chart' | 'edges'>): string[] {
  const regions = chart.states.filter(({ parent }) => parent === chart.machine).map(({ id }) => id)
  const isWithinRegion = ({ from, to }: ChartEdge): boolean =>
    regions.some((region) => isWithin(stateIdOf(from), region) && isWithin(to, region))
  return findState(chart, chart.machine).initial === null && edges.every(isWithinRegion) ? regions : []
}

export function findState(chart: Statechart, id: string): StatechartState {
  const found = chart.states.find((state) => state.id === id)
  if (!found) throw new Error(`${chart.machine} has no state ${id}`)
  return found
}

/** The edges that a machine took when it was in `before`, received `event`, and came to `after` (states as a trace names them). */
export function findTakenEdges(
  { chart, edges }: ChartGraph,
  before: string,
  event: string,
  after: string,
): ChartEdge[] {
  const [idsBefore, idsAfter] = [before, after].map((state) =>
    splitStates(state).map((path) => `${chart.machine}.${path}`),
  ) as [string[], string[]]
  const transitions = idsBefore.flatMap((from) => findTakenTransitions(chart, from, event, idsAfter))
  return edges.filter((edge) => edge.transitions.some((index) => transitions.includes(index)))
}

/** Indices of the transitions from one state to where the machine is. If an `always` transition follows the first one, both. */
function findTakenTransitions(chart: Statechart, before: string, event: string, after: readonly string[]): number[] {
  const matching = matchingTransitions(chart, before, event)
  const reaching = matching.filter((index) => leadsTo(chart, before, index, after))
  if (reaching.length > 0) return innermost(chart, reaching)
  return innermost(chart, matching).flatMap((index) => {
    const intermediate = transitionTarget(chart, before, index)
    const onward = matchingTransitions(chart, intermediate, 'always').filter((next) =>
      leadsTo(chart, intermediate, next, after),
    )
    return onward.length > 0 ? [index, ...innermost(chart, onward)] : []
  })
}

/** Indices of the transitions for an event, of the state itself and of the groups around it. */
const matchingTransitions = ({ transitions }: Statechart, id: string, event: string): number[] =>
  transitions.flatMap((transition, index) =>
    transition.event === event && isWithin(id, transition.from) ? [index] : [],
  )

/** The innermost state that hears an event decides. */
function innermost(chart: Statechart, transitions: readonly number[]): number[] {
  const depth = (index: number): number => (chart.transitions[index]?.from ?? '').split('.').length
  const deepest = Math.max(...transitions.map(depth))
  return transitions.filter((index) => depth(index) === deepest)
}

function transitionTarget(chart: Statechart, before: string, index: number): string {
  const to = chart.transitions[index]?.to ?? null
  return to === null ? before : initialLeaf(chart, to)
}

function leadsTo(chart: Statechart, before: string, index: number, after: readonly string[]): boolean {
  const to = chart.transitions[index]?.to ?? null
  return to === null
    ? after.includes(before)
    : after.some((id) => isWithin(id, to)) || findState(chart, to).kind === 'history'
}

/** The transitions that a state handles, its own first, then those of the groups around it. Overridden ones are left out. */
export function transitionsHandledIn({ transitions }: Statechart, id: string): StatechartTransition[] {
  const enclosing = transitions.filter(({ from }) => isWithin(id, from)).sort((a, b) => b.from.length - a.from.length)
  const isOverridden = ({ from, event }: StatechartTransition): boolean =>
    enclosing.some(
      (inner) =>
        inner.event === event && inner.from.length > from.length && (inner.guard === null || inner.guard === 'else'),
    )
  return enclosing.filter((transition) => !isOverridden(transition))
}
