import type { AnyStateMachine } from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import { acts, type Flow, type FlowEvent, type FlowSnapshot, peopleIn, placeOf } from './flow.ts'
import type { Name } from './flow.table.ts'
import { beginning, type Exploration, type Step, take } from './graph.ts'

export type Walk = Step<Flow>[]

interface Edge {
  event: FlowEvent
  to: string
}
type Graph = Map<string, Edge[]>

/** Few long walks instead of many short ones, because a browser takes seconds to start. */
export interface Walks {
  walks: Walk[]
  states: number
  edges: number
  /** Number of edges that the walks take. */
  walked: number
}

/**
 * @param guests people whose place does not affect the other people's actions; the key keeps only whether they are
 * online
 */
export function walksOf(
  flow: Flow,
  { guests = [], longest = Infinity }: { guests?: readonly Name[]; longest?: number } = {},
): Walks {
  const { events, key } = explorationOf(flow, guests)
  const start = beginning(flow)
  const graph = graphOf(flow, events(start), key)
  const all = Array.from({ length: tries }, (_, seed) => cover(shuffled(graph, seed), key(start), longest))
  const [best = []] = all.sort((some, others) => some.flat().length - others.flat().length)
  const walks = best.map((events) =>
    events.reduce<Walk>((walk, event) => {
      const last = walk.at(-1) ?? null
      return [...walk, take(flow, last?.after ?? start, event, last)]
    }, []),
  )
  const walked = new Set(walks.flat().map(({ before, event }) => `${key(before)} ${event.type}`))
  return { walks, states: graph.size, edges: [...graph.values()].flat().length, walked: walked.size }
}

/** Number of random orders; the shortest result is used. */
const tries = 40

/** Returns the exploration of a flow. Of guests, the key keeps only whether they are online. */
export const explorationOf = (flow: Flow, guests: readonly Name[]): Exploration<Flow> => {
  const names = peopleIn(beginning(flow))
  const events: FlowEvent[] = [
    ...names.flatMap((who) => acts.map((act) => ({ type: `${who}.${act}` }) as const)),
    { type: 'grace.passes' },
  ]
  return {
    events: () => events,
    key(snapshot) {
      const { chairs, isCall, talk, frozen } = snapshot.context
      const places = names.map((who) =>
        guests.includes(who) ? placeOf(snapshot, who) === 'online' : placeOf(snapshot, who),
      )
      return JSON.stringify([places, chairs, isCall, talk, frozen])
    },
  }
}

function graphOf(flow: Flow, events: FlowEvent[], key: (snapshot: FlowSnapshot) => string): Graph {
  const map = getAdjacencyMap(flow as AnyStateMachine, {
    events,
    limit: 100_000,
    serializeState: key as never,
    filterEvents: ((snapshot: FlowSnapshot, event: FlowEvent) => snapshot.can(event)) as never,
  }) as unknown as Record<string, { transitions: Record<string, { event: FlowEvent; state: FlowSnapshot }> }>
  return new Map(
    Object.entries(map).map(([from, { transitions }]) => [
      from,
      Object.values(transitions).map(({ event, state }) => ({ event, to: key(state) })),
    ]),
  )
}

/** Always walks to the nearest new edge. A walk of maximum length ends, and the next one begins at the start. */
function cover(graph: Graph, start: string, longest: number): FlowEvent[][] {
  const walked = new Set<Edge>()
  const walks: FlowEvent[][] = []
  for (let way = pathToNewEdge(graph, start, walked); way.length > 0; way = pathToNewEdge(graph, start, walked)) {
    const walk: FlowEvent[] = []
    for (
      let on = way;
      on.length > 0 && walk.length < longest;
      on = pathToNewEdge(graph, on.at(-1)?.to ?? start, walked)
    ) {
      for (const edge of on) {
        walked.add(edge)
        walk.push(edge.event)
      }
    }
    walks.push(walk)
  }
  return walks
}

/** The shortest path to a new edge, including that edge. */
function pathToNewEdge(graph: Graph, from: string, walked: ReadonlySet<Edge>): Edge[] {
  const seen = new Set([from])
  const ways: { at: string; way: Edge[] }[] = [{ at: from, way: [] }]
  for (const { at, way } of ways) {
    const edges = graph.get(at) ?? []
    const fresh = edges.find((edge) => !walked.has(edge))
    if (fresh) return [...way, fresh]
    for (const edge of edges) {
      if (seen.has(edge.to)) continue
      seen.add(edge.to)
      ways.push({ at: edge.to, way: [...way, edge] })
    }
  }
  return []
}

/** The same graph in another order. A linear congruential generator is random enough, and deterministic. */
function shuffled(graph: Graph, seed: number): Graph {
  let state = seed
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648)
  return new Map(
    [...graph].map(([from, edges]) => [
      from,
      edges
        .map((edge) => ({ edge, at: next() }))
        .sort((one, other) => one.at - other.at)
        .map(({ edge }) => edge),
    ]),
  )
}
