import type { AnyStateMachine } from 'xstate'

/** Runs at build time (vite.config.ts), because the pages have the machines without their descriptions. */

/** A machine's config as JSON. */
export type MachineDefinition = Record<string, unknown>

type Transition = string | Record<string, unknown> | undefined
interface StateConfig extends Record<string, unknown> {
  on?: Record<string, Transition | Transition[]>
  after?: Record<string, Transition | Transition[]>
  always?: Transition | Transition[]
  states?: Record<string, StateConfig>
}

/** Returns the config of a machine for the inspector. Each transition carries the description of its event. */
export function createDefinition({ config, root }: AnyStateMachine): MachineDefinition {
  const described = describeState(config as StateConfig, root.meta?.events ?? {})
  return JSON.parse(JSON.stringify(described, nameFunctions)) as MachineDefinition
}

/** As the inspector writes functions. */
const nameFunctions = (_key: string, value: unknown): unknown =>
  typeof value === 'function' ? { type: value.name } : value

function describeState(state: StateConfig, events: Record<string, string>): StateConfig {
  const describeAll = (transitions: StateConfig['on'], prefix: string): StateConfig['on'] =>
    transitions && mapValues(transitions, (each, event) => describe(each, events[prefix + event]))
  return {
    ...state,
    on: describeAll(state.on, ''),
    after: describeAll(state.after, 'after.'),
    always: state.always && describe(state.always, events.always),
    states: state.states && mapValues(state.states, (child) => describeState(child, events)),
  }
}

function describe(transition: Transition | Transition[], description: string | undefined): Transition | Transition[] {
  if (Array.isArray(transition)) return transition.map((branch) => describe(branch, description) as Transition)
  return { ...(typeof transition === 'string' ? { target: transition } : transition), description }
}

const mapValues = <T>(values: Record<string, T>, change: (value: T, key: string) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]))
