import { type Statechart, type StatechartTransition, type StatechartState } from '../../../machines/statechart.ts'
import { splitStates } from '../../../machines/protocol/traceEntry.ts'

/** States and edges of a diagram before the layout. */
export interface ChartGraph {
  chart: Statechart
  edges: ChartEdge[]
  /** Groups with a transition into themselves from any inner state. Its edge starts at a mark “any”. */
  groupsWithAnyMark: string[]
}

/** All transitions between the same two ends. */
export interface ChartEdge {
  from: string
  to: string
  /** Indices in `chart.transitions`. */
  transitions: number[]
  /** One line per event; a `?` marks a guard. */
  label: string[]
}

/** Id of the mark that represents any active state of a group. */
export const anyMarkId = (group: string): string => `${group}#any`
/** Id of the dot where a group starts. */
export const startMarkId = (group: string): string => `${group}#start`
/** Returns the state or group that an edge end is or represents. */
export const stateIdOf = (end: string): string => end.split('#')[0] ?? end

/** Builds the graph. A transition without a target has no edge; the text beside the diagram lists it. */
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

/** True if the state is in the group or is the group itself. */
export const isWithin = (id: string, group: string): boolean => id === group || id.startsWith(`${group}.`)

/**
 * Returns the ends of an edge. An edge within a group starts at its mark, never at its border; null without a target.
 */
function edgeEnds(chart: Statechart, { from, to }: StatechartTransition): { from: string; to: string } | null {
  if (to === null || (from === to && findState(chart, from).kind === 'history')) return null
  const isGroup = findState(chart, from).kind === 'group'
  return {
    from: isGroup && isWithin(to, from) ? anyMarkId(from) : from,
    to: isWithin(from, to) ? initialLeaf(chart, to) : to,
  }
}

/** Returns the state that is active when a group is entered. */
export function initialLeaf(chart: Statechart, id: string): string {
  const { initial } = findState(chart, id)
  return initial === null ? id : initialLeaf(chart, initial)
}

/** Returns the parallel regions of a machine, if no edge connects them; otherwise an empty list. */
export function parallelRegions({ chart, edges }: Pick<ChartGraph, 'chart' | 'edges'>): string[] {
  const regions = chart.states.filter(({ parent }) => parent === chart.machine).map(({ id }) => id)
  const isWithinRegion = ({ from, to }: ChartEdge): boolean =>
    regions.some((region) => isWithin(stateIdOf(from), region) && isWithin(to, region))
  return findState(chart, chart.machine).initial === null && edges.every(isWithinRegion) ? regions : []
}

/** Returns the state with this id. @throws if there is none */
export function findState(chart: Statechart, id: string): StatechartState {
  const found = chart.states.find((state) => state.id === id)
  if (!found) throw new Error(`${chart.machine} has no state ${id}`)
  return found
}

/** Returns the edges that lead from `before` through `event` to `after` (state names as in a trace). */
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

/** Returns the indices of the transitions to the active states, including an `always` transition that follows. */
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

/** Returns the indices of the transitions for an event, in the state and its ancestors. */
const matchingTransitions = ({ transitions }: Statechart, id: string, event: string): number[] =>
  transitions.flatMap((transition, index) =>
    transition.event === event && isWithin(id, transition.from) ? [index] : [],
  )

/** The innermost state that handles an event takes precedence. */
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

/** Returns the transitions of a state, then those of its ancestors, without overridden ones. */
export function transitionsHandledIn({ transitions }: Statechart, id: string): StatechartTransition[] {
  const enclosing = transitions.filter(({ from }) => isWithin(id, from)).sort((a, b) => b.from.length - a.from.length)
  const isOverridden = ({ from, event }: StatechartTransition): boolean =>
    enclosing.some(
      (inner) =>
        inner.event === event && inner.from.length > from.length && (inner.guard === null || inner.guard === 'else'),
    )
  return enclosing.filter((transition) => !isOverridden(transition))
}
