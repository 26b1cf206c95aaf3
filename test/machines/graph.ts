import {
  type AnyStateMachine, type AnyTransitionDefinition, type EmittedFrom, type EventFromLogic, initialTransition, type SnapshotFrom, transition,
} from 'xstate'
import { getShortestPaths, getStateNodes } from 'xstate/graph'

/** One edge of a machine's graph, with the shortest way to where it starts. */
export interface Step<M extends AnyStateMachine> {
  /** The types of the events so far, this one's included: what to read when an invariant is broken. */
  path: string
  before: SnapshotFrom<M>
  event: EventFromLogic<M>
  after: SnapshotFrom<M>
  effects: EmittedFrom<M>[]
}

export interface Exploration<M extends AnyStateMachine> {
  events: (before: SnapshotFrom<M>) => EventFromLogic<M>[]
  /** Two snapshots with the same key count as one, so that counters and random names do not make the graph infinite. */
  key: (snapshot: SnapshotFrom<M>) => string
  /** More snapshots than this, and `key` forgot to normalise something. */
  limit?: number
}

/** Every shortest path: a list of steps from the beginning for each snapshot that can be reached. */
export function shortestPaths<M extends AnyStateMachine>(machine: M, { events, key, limit = 200_000 }: Exploration<M>): Step<M>[][] {
  const paths = getShortestPaths(machine as AnyStateMachine, { events: events as never, serializeState: key as never, limit })
  return paths.map(({ steps }) => replay(machine, steps.slice(1).map(({ event }) => event as EventFromLogic<M>)))
}

/** Every edge: from the end of each shortest path, every event. */
export function everyStep<M extends AnyStateMachine>(machine: M, exploration: Exploration<M>): Step<M>[] {
  return shortestPaths(machine, exploration).flatMap((path) => {
    const before = path.at(-1)?.after ?? beginning(machine)
    return exploration.events(before).map((event) => take(machine, before, event, path))
  })
}

export function replay<M extends AnyStateMachine>(machine: M, events: readonly EventFromLogic<M>[]): Step<M>[] {
  const steps: Step<M>[] = []
  for (const event of events) steps.push(take(machine, steps.at(-1)?.after ?? beginning(machine), event, steps))
  return steps
}

export const beginning = <M extends AnyStateMachine>(machine: M): SnapshotFrom<M> =>
  initialTransition(machine as AnyStateMachine)[0] as SnapshotFrom<M>

/** One step from `before`, at the end of `path`. */
export function take<M extends AnyStateMachine>(machine: M, before: SnapshotFrom<M>, event: EventFromLogic<M>, path: readonly Step<M>[] = []): Step<M> {
  const [after, actions] = transition(machine as AnyStateMachine, before as never, event)
  const emits = (actions as unknown as { type: string; params: { event: EmittedFrom<M> } }[]).filter(({ type }) => type === 'xstate.emit')
  const types = [...path.map((each) => each.event), event].map((each) => JSON.stringify(each))
  return { path: types.join('\n → '), before, event, after: after as SnapshotFrom<M>, effects: emits.map(({ params }) => params.event) }
}

/** Names of all states and of all transitions, each guard's branch by its place: `room.ready media.flowed [1]`. */
export function definitionOf(machine: AnyStateMachine): string[] {
  return getStateNodes(machine.root).concat(machine.root).flatMap((node) => [
    ...(node.type === 'atomic' || node.type === 'final' ? [node.id] : []),
    ...[...node.transitions.values(), node.always ?? []].flatMap((branches) => branches.map(edgeName)),
  ])
}

/** Those of them that a step goes through. */
export function coveredBy<M extends AnyStateMachine>(machine: M, { before, event, after }: Step<M>): string[] {
  const taken = (machine as AnyStateMachine).getTransitionData(before as never, event) as AnyTransitionDefinition[]
  const leaves = getLeaves(after)
  return [...taken.map(edgeName), ...leaves]
}

const getLeaves = (snapshot: { _nodes: { type: string; id: string }[] }): string[] =>
  snapshot._nodes.filter(({ type }) => type === 'atomic' || type === 'final').map(({ id }) => id)

function edgeName(edge: AnyTransitionDefinition): string {
  const branches = edge.eventType === '' ? edge.source.always : edge.source.transitions.get(edge.eventType)
  return `${edge.source.id} ${edge.eventType === '' ? 'always' : edge.eventType} [${branches?.indexOf(edge) ?? 0}]`
}
