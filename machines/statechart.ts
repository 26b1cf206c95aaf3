import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { splitStates } from './protocol/traceEntry.ts'

/** A machine's definition as plain data, for diagrams and lists. */
export interface Statechart {
  machine: string
  /** In document order: the machine first, and each group before its children. */
  states: StatechartState[]
  transitions: StatechartTransition[]
}

export interface StatechartState {
  /** Full path, such as `call.connected.flowing`. */
  id: string
  name: string
  kind: 'plain' | 'group' | 'history' | 'final'
  parent: string | null
  /** Id of a group's initial state; null for other kinds. */
  initial: string | null
}

export interface StatechartTransition {
  from: string
  /** An event type as in a trace: `transport.failed`, `after.restartTimeout`, or `always`. */
  event: string
  /** `canRetry`, or `isPendingOffer and isAlone`; `else` after other guarded branches; null without a guard. */
  guard: string | null
  /** Null if the event is handled without a transition. */
  to: string | null
}

/** Returns the states and transitions of a machine. */
export function createStatechart(machine: AnyStateMachine): Statechart {
  const nodes = within(machine.root)
  return { machine: machine.id, states: nodes.map(createState), transitions: nodes.flatMap(listTransitions) }
}

/** The meaning of a machine, of each of its states and of each of its events. */
export interface MachineDescriptions {
  about: string
  /** By path, such as `connected.flowing`. */
  states: Record<string, string>
  /** By event type, as in `StatechartTransition`. */
  events: Record<string, string>
}

/**
 * Returns the descriptions that a machine carries: XState's `description` of the machine and its states, and the
 * machine's `meta.events`. XState describes transitions only, and many of them share one event.
 */
export function describeMachine({ root }: AnyStateMachine): MachineDescriptions {
  const states = within(root)
    .slice(1)
    .map(({ path, description }) => [path.join('.'), description ?? ''])
  return { about: root.description ?? '', states: Object.fromEntries(states), events: root.meta?.events ?? {} }
}

/**
 * Returns the meaning of an active state, from its outermost group to itself. A parallel machine has several.
 * @param state as in a trace entry, such as `connected.flowing` or `transport.shown, peer.hidden`
 */
export const describeState = ({ states }: MachineDescriptions, state: string): string =>
  splitStates(state)
    .flatMap((path) => path.split('.').map((_, depth, names) => names.slice(0, depth + 1).join('.')))
    .map((path) => states[path] ?? '')
    .join(' ')

/** Strips the machine from a state's id, as in a trace: `call.connected.flowing` becomes `connected.flowing`. */
export const statePath = ({ machine }: Pick<Statechart, 'machine'>, id: string): string => id.slice(machine.length + 1)

/** Returns every event that the machine handles, in order of its definition, without `after.*` and `always`. */
export const listEvents = ({ transitions }: Statechart): string[] =>
  [...new Set(transitions.map(({ event }) => event))].filter(
    (event) => event !== 'always' && !event.startsWith('after.'),
  )

const within = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(within)]

function createState(node: AnyStateNode): StatechartState {
  const kind =
    node.type === 'atomic' ? 'plain' : node.type === 'compound' || node.type === 'parallel' ? 'group' : node.type
  const initial = kind === 'group' ? (node.initial.target[0]?.id ?? null) : null
  return { id: node.id, name: node.key, kind, parent: node.parent?.id ?? null, initial }
}

function listTransitions(node: AnyStateNode): StatechartTransition[] {
  if (node.type === 'history')
    return [{ from: node.id, event: 'always', guard: null, to: `${node.parent?.id}.${node.config.target}` }]
  const waits = new Map(node.after.map(({ eventType, delay }) => [eventType, `after.${delay}`]))
  return [
    ...branches(node.always ?? [], 'always'),
    ...[...node.transitions].flatMap(([type, definitions]) => branches(definitions, waits.get(type) ?? type)),
  ]
}

const branches = (definitions: readonly AnyTransitionDefinition[], event: string): StatechartTransition[] =>
  definitions.map(({ source, guard, target }, at) => ({
    from: source.id,
    event,
    guard: guard ? guardName(guard) : at > 0 ? 'else' : null,
    to: target?.[0]?.id ?? null,
  }))

type Guard = NonNullable<AnyTransitionDefinition['guard']>

/** XState's `and`, `or` and `not` return functions with a `guards` property. */
function guardName(guard: Guard): string {
  if (typeof guard === 'string') return guard
  if (typeof guard === 'object') return guard.type
  const parts = 'guards' in guard ? (guard.guards as Guard[]).map(guardName) : []
  return guard.name === 'not'
    ? `not ${parts[0]}`
    : parts.map((part) => (part.includes(' ') ? `(${part})` : part)).join(` ${guard.name} `)
}
