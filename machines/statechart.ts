import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** A machine's own definition as plain data, for pictures and lists: nothing here is written by hand. */
export interface Statechart {
  machine: string
  /** The machine itself is the first; whoever is inside another comes after it. */
  states: StatechartState[]
  transitions: StatechartTransition[]
}

export interface StatechartState {
  /** `call.connected.flowing`. */
  id: string
  name: string
  kind: 'plain' | 'group' | 'history' | 'final'
  parent: string | null
  /** Where a group begins. */
  initial: string | null
}

export interface StatechartTransition {
  from: string
  /** `transport.failed`, `after.restartTimeout` as a trace has it, `always`. */
  event: string
  /** `canRetry`, `isPendingOffer and isAlone`; `else` where only the guards before it decide; null: nothing to ask. */
  guard: string | null
  /** Null: the event is heard, and the state stays. */
  to: string | null
}

export function createStatechart(machine: AnyStateMachine): Statechart {
  const nodes = within(machine.root)
  return { machine: machine.id, states: nodes.map(createState), transitions: nodes.flatMap(listTransitions) }
}

/** `flowing` of `call.connected.flowing` is `connected.flowing`: how a trace and a person name it. */
export const statePath = ({ machine }: Pick<Statechart, 'machine'>, id: string): string => id.slice(machine.length + 1)

/** Every event that the machine hears, in the order in which its definition names them; waits and `always` are none. */
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

/** Those that `and`, `or`, `not` make are functions that know what they are made of. */
function guardName(guard: Guard): string {
  if (typeof guard === 'string') return guard
  if (typeof guard === 'object') return guard.type
  const parts = 'guards' in guard ? (guard.guards as Guard[]).map(guardName) : []
  return guard.name === 'not'
    ? `not ${parts[0]}`
    : parts.map((part) => (part.includes(' ') ? `(${part})` : part)).join(` ${guard.name} `)
}
