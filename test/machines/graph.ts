import {
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  type EmittedFrom,
  type EventFromLogic,
  initialTransition,
  type SnapshotFrom,
} from 'xstate'
import { getStateNodes } from 'xstate/graph'
import { emittedEvents, type Stepper, stepperOf } from './stepper.ts'

/** One edge of a machine's graph. */
export interface Step<M extends AnyStateMachine> {
  /** The previous step on a shortest path from the initial snapshot. */
  previous: Step<M> | null
  before: SnapshotFrom<M>
  event: EventFromLogic<M>
  after: SnapshotFrom<M>
  /** The events that it emitted. */
  effects: EmittedFrom<M>[]
  /** All its actions, including emitted events. */
  actions: Action[]
}

/** An action of a step, as `transition` returns it. */
export interface Action {
  type: string
  params: Record<string, unknown>
}

/** The events and the key by which a machine's graph is explored. */
export interface Exploration<M extends AnyStateMachine> {
  events: (before: SnapshotFrom<M>) => EventFromLogic<M>[]
  /** Two snapshots with the same key count as one, so counters and random names do not make the graph infinite. */
  key: (snapshot: SnapshotFrom<M>) => string
  /** Input of the machine, if it needs one. */
  input?: unknown
}

/** Maximum number of snapshots. More means that `key` does not normalise something. */
const most = 20_000

/**
 * Yields every edge breadth first: each event from each reachable snapshot. Similar to `getShortestPaths` of
 * xstate/graph, but it keeps the actions of each step and takes no extra steps.
 */
export function* everyStep<M extends AnyStateMachine>(
  machine: M,
  exploration: Exploration<M>,
  stepper = stepperOf(machine),
): Generator<Step<M>, void> {
  for (const [step] of explore(machine, exploration, stepper)) yield step
}

/** Yields each step, and whether it is the first that leads to its snapshot. */
export function* explore<M extends AnyStateMachine>(
  machine: M,
  { events, key, input }: Exploration<M>,
  stepper = stepperOf(machine),
): Generator<[step: Step<M>, isFirst: boolean], void> {
  const reached: (Step<M> | null)[] = [null]
  const seen = new Set([key(beginning(machine, input))])
  for (const previous of reached) {
    const before = previous?.after ?? beginning(machine, input)
    for (const event of events(before)) {
      const step = take(machine, before, event, previous, stepper)
      const there = key(step.after)
      const isFirst = !seen.has(there)
      yield [step, isFirst]
      if (!isFirst) continue
      seen.add(there)
      reached.push(step)
      if (reached.length > most) throw new Error(`more than ${most} snapshots; the last after\n${wayTo(step)}`)
    }
  }
}

/** Returns a shortest path from the initial snapshot to each reachable one. The first path is empty. */
export function shortestPaths<M extends AnyStateMachine>(machine: M, exploration: Exploration<M>): Step<M>[][] {
  const paths: Step<M>[][] = [[]]
  for (const [step, isFirst] of explore(machine, exploration)) if (isFirst) paths.push(stepsTo(step))
  return paths
}

/** Limits of a tour. */
export interface TourOptions<M extends AnyStateMachine> {
  /** Snapshots that end a tour. */
  isEnd: (snapshot: SnapshotFrom<M>) => boolean
  maxSteps: number
}

/**
 * Returns walks from the initial snapshot that together take every edge. An edge costs a few steps in a tour, but a
 * whole path on its own.
 */
export function tours<M extends AnyStateMachine>(
  machine: M,
  exploration: Exploration<M>,
  { isEnd, maxSteps }: TourOptions<M>,
): Step<M>[][] {
  const { events, key, input } = exploration
  /** The keys of the next snapshots for each snapshot, in the order of its events. */
  const edges = new Map<string, string[]>()
  const ends = new Set<string>()
  for (const [{ before, after }] of explore(machine, exploration)) {
    edges.set(key(before), [...(edges.get(key(before)) ?? []), key(after)])
    if (isEnd(after)) ends.add(key(after))
  }
  const untaken = new Map([...edges].map(([from, to]) => [from, new Set(to.keys())]))

  /** The events of a shortest path to an edge that no tour has taken yet, including that edge. */
  const nextFrom = (start: string): number[] | null => {
    const ways: { at: string; way: number[] }[] = [{ at: start, way: [] }]
    const seen = new Set([start])
    for (const { at, way } of ways) {
      const [edge] = untaken.get(at) ?? []
      if (edge !== undefined) return [...way, edge]
      for (const [which, to] of (edges.get(at) ?? []).entries()) {
        if (seen.has(to) || ends.has(to)) continue
        seen.add(to)
        ways.push({ at: to, way: [...way, which] })
      }
    }
    return null
  }

  const found: Step<M>[][] = []
  for (;;) {
    const tour: Step<M>[] = []
    let now = beginning(machine, input)
    const left = countOf(untaken)
    let way = nextFrom(key(now))
    if (!way) return found
    while (way && tour.length + way.length <= maxSteps) {
      for (const which of way) {
        const possible = events(now)
        const from = key(now)
        // Two snapshots with one key may differ in their next events. A shortest path from the start meets the
        // snapshots of the graph.
        if (possible.length !== edges.get(from)?.length) break
        const step = take(machine, now, possible[which]!, tour.at(-1) ?? null)
        untaken.get(from)?.delete(which)
        tour.push(step)
        now = step.after
      }
      way = isEnd(now) || events(now).length !== edges.get(key(now))?.length ? null : nextFrom(key(now))
    }
    if (countOf(untaken) === left)
      throw new Error(
        `a tour without a new edge, of ${tour.length} steps\n${tour.length > 0 ? wayTo(tour.at(-1)!) : ''}`,
      )
    found.push(tour)
  }
}

const countOf = (untaken: ReadonlyMap<string, ReadonlySet<number>>): number =>
  [...untaken.values()].reduce((sum, { size }) => sum + size, 0)

/** Returns the initial snapshot. */
export const beginning = <M extends AnyStateMachine>(machine: M, input?: unknown): SnapshotFrom<M> =>
  initialTransition(machine as AnyStateMachine, input)[0] as SnapshotFrom<M>

/** Takes one step from `before`. */
export function take<M extends AnyStateMachine>(
  machine: M,
  before: SnapshotFrom<M>,
  event: EventFromLogic<M>,
  previous: Step<M> | null = null,
  stepper = stepperOf(machine),
): Step<M> {
  const [after, executable] = stepper(before, event)
  const actions = executable as Action[]
  const effects = emittedEvents<EmittedFrom<M>>(actions)
  return { previous, before, event, after: after as SnapshotFrom<M>, effects, actions }
}

/** Returns the steps of the shortest path up to a step, including it. */
export function stepsTo<M extends AnyStateMachine>(step: Step<M>): Step<M>[] {
  const steps: Step<M>[] = []
  for (let each: Step<M> | null = step; each; each = each.previous) steps.unshift(each)
  return steps
}

/** The events up to and including a step, for the message of a broken invariant. */
export const wayTo = <M extends AnyStateMachine>(step: Step<M>): string =>
  stepsTo(step)
    .map(({ event, after }) => `${JSON.stringify(event)} → ${JSON.stringify((after as { value: unknown }).value)}`)
    .join('\n')

/** Rules by name; each returns false for a step that breaks it. */
export type Invariants<M extends AnyStateMachine> = Record<string, (step: Step<M>) => boolean>

/** Yields one step of each exploration in turn, because what a test seeks may be in the last one. */
export function* stepsInTurn<M extends AnyStateMachine>(
  machine: M,
  explorations: readonly Exploration<M>[],
  stepper = stepperOf(machine),
): Generator<Step<M>, void> {
  let walks = explorations.map((exploration) => everyStep(machine, exploration, stepper))
  while (walks.length > 0) {
    const ended = new Set<(typeof walks)[number]>()
    for (const walk of walks) {
      const { value, done } = walk.next()
      if (done) ended.add(walk)
      else yield value
    }
    walks = walks.filter((walk) => !ended.has(walk))
  }
}

/** Returns true as soon as a step of this machine breaks the invariant. */
export function breaks<M extends AnyStateMachine>(
  machine: M,
  explorations: readonly Exploration<M>[],
  holds: (step: Step<M>) => boolean,
): boolean {
  for (const step of stepsInTurn(machine, explorations)) if (!holds(step)) return true
  return false
}

/** All nodes of a machine, including the root. */
export const nodesOf = (machine: AnyStateMachine): AnyStateNode[] => getStateNodes(machine.root).concat(machine.root)

/** Names of all atomic and final states. */
export const statesOf = (machine: AnyStateMachine): string[] => leavesOf({ _nodes: nodesOf(machine) })

/** Every transition, with one entry for each guarded branch, in order. */
export const edgesOf = (machine: AnyStateMachine): AnyTransitionDefinition[] =>
  nodesOf(machine).flatMap((node) => [...node.transitions.values(), node.always ?? []].flat())

/** The delays that run in a state, as the events that end them. XState's types leave these events out. */
export const waitsIn = <TEvent extends { type: string }>({ _nodes }: { _nodes: AnyStateNode[] }): TEvent[] =>
  _nodes
    .flatMap(({ transitions }) => [...transitions.keys()])
    .filter((type) => type.startsWith('xstate.after.'))
    .map((type) => ({ type }) as TEvent)

/** Names of all states and transitions. A guarded branch is named by its index: `room.ready media.started [1]`. */
export const definitionOf = (machine: AnyStateMachine): string[] => [
  ...statesOf(machine),
  ...edgesOf(machine).map(edgeName),
]

/** Returns a stepper, and a function with the transitions taken since its last call, including microsteps. */
export function watchedStepperOf(machine: AnyStateMachine): { stepper: Stepper; taken: () => string[] } {
  const taken: AnyTransitionDefinition[] = []
  const names = new Map<AnyTransitionDefinition, string>()
  const nameOf = (edge: AnyTransitionDefinition): string => {
    const name = names.get(edge) ?? edgeName(edge)
    names.set(edge, name)
    return name
  }
  const stepper = stepperOf(
    machine,
    (inspected) => void (inspected.type === '@xstate.microstep' && taken.push(...inspected._transitions)),
  )
  return { stepper, taken: () => taken.splice(0).map(nameOf) }
}

/** Returns the names of the states and transitions that a step passes. */
export function coverageBy<M extends AnyStateMachine>(machine: M): (step: Step<M>) => string[] {
  const { stepper, taken } = watchedStepperOf(machine)
  return ({ before, event, after }) => {
    stepper(before, event)
    return [...taken(), ...leavesOf(before), ...leavesOf(after)]
  }
}

/** Names of the active atomic and final states. */
export const leavesOf = (snapshot: { _nodes: { type: string; id: string }[] }): string[] =>
  snapshot._nodes.filter(({ type }) => type === 'atomic' || type === 'final').map(({ id }) => id)

/** Returns a transition's name with the index of its guarded branch. */
export function edgeName(edge: AnyTransitionDefinition): string {
  const branches = edge.eventType === '' ? edge.source.always : edge.source.transitions.get(edge.eventType)
  return `${edge.source.id} ${edge.eventType === '' ? 'always' : edge.eventType} [${branches?.indexOf(edge) ?? 0}]`
}
