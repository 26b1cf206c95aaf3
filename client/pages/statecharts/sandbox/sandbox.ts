import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  type EventObject,
} from 'xstate'
import type { Statechart } from '../../../../machines/statechart.ts'
import { type Effect, type ExecutableAction, listEffects, type Timer, updateTimers } from './effects.ts'
import { evaluateGuard, type GuardResult } from './guards.ts'

/** A snapshot of the sandbox, and how it was reached. */
export interface SandboxStep {
  /** Null for the start. */
  event: EventObject | null
  snapshot: AnyMachineSnapshot
  /** The taken transitions, including eventless ones, as indices in `Statechart.transitions`. */
  transitions: number[]
  /** The actions that the page would execute. The sandbox executes none of them. */
  effects: Effect[]
  /** The timers that run now. */
  timers: Timer[]
}

/** An event that the present state handles. */
export interface OfferedEvent {
  /** As XState names it, such as `xstate.after.backoff.signaling.backoff`. */
  type: string
  /** As in a trace, such as `after.backoff`. */
  name: string
  /** The delay of its running timer, in ms; null without one. */
  delayMs: number | null
}

/** One transition that an event may take. */
export interface Branch {
  /** Index in `Statechart.transitions`. */
  transition: number
  /** Null without a guard. */
  guard: GuardResult | null
  /** The machine takes this branch. */
  isTaken: boolean
}

/**
 * A machine without its page: XState's pure transition function. Actors are created but never started. Actions are listed
 * but never executed. So nothing reaches a device or a network.
 */
export class Sandbox {
  readonly #machine: AnyStateMachine
  readonly #chart: Statechart
  readonly #input: unknown
  readonly #taken: AnyTransitionDefinition[] = []
  readonly #actions: ExecutableAction[] = []
  readonly #scope: Parameters<AnyStateMachine['transition']>[2]

  /** @param input as for `createActor`; undefined for a machine without input */
  constructor(machine: AnyStateMachine, chart: Statechart, input?: unknown) {
    this.#machine = machine
    this.#chart = chart
    this.#input = input
    const self = createActor(machine, {
      input,
      inspect: (inspected) => {
        if (inspected.type === '@xstate.microstep') this.#taken.push(...inspected._transitions)
      },
    })
    this.#scope = {
      self,
      system: self.system,
      id: '',
      sessionId: '',
      logger: doNothing,
      defer: doNothing,
      stopChild: doNothing,
      emit: doNothing,
      actionExecutor: (action: unknown) => void this.#actions.push(action as ExecutableAction),
    } as never
  }

  /** Returns the initial step. */
  start(): SandboxStep {
    return this.#collect(null, [], () => this.#machine.getInitialSnapshot(this.#scope as never, this.#input as never))
  }

  /**
   * Returns the step that an event leads to.
   * @throws if a field of the event is missing or wrong, so that a guard or an action throws
   */
  send({ snapshot, timers }: Pick<SandboxStep, 'snapshot' | 'timers'>, event: EventObject): SandboxStep {
    const running = timers.filter(({ event: due }) => due.type !== event.type)
    return this.#collect(event, running, () => this.#machine.transition(snapshot, event, this.#scope))
  }

  /** Returns every event that an active state handles, innermost states first. A machine that is done handles none. */
  offeredEvents({ snapshot, timers }: Pick<SandboxStep, 'snapshot' | 'timers'>): OfferedEvent[] {
    if (snapshot.status !== 'active') return []
    const types = new Set(activeNodes(snapshot).flatMap(({ transitions }) => [...transitions.keys()]))
    return [...types].map((type) => ({
      type,
      name: shortEventName(type),
      delayMs: timers.find(({ event }) => event.type === type)?.delayMs ?? null,
    }))
  }

  /** Returns the branches of an event in the order in which XState tries them, with the results of their guards. */
  branches(snapshot: AnyMachineSnapshot, event: EventObject): Branch[] {
    const taken = this.#transitionsFor(snapshot, event)
    return activeNodes(snapshot)
      .flatMap(({ transitions }) => transitions.get(event.type) ?? [])
      .map((definition) => ({
        transition: this.#indexOf(definition),
        guard: definition.guard ? evaluateGuard(definition.guard, snapshot, event) : null,
        isTaken: taken.includes(definition),
      }))
  }

  /** None if a guard throws. */
  #transitionsFor(snapshot: AnyMachineSnapshot, event: EventObject): AnyTransitionDefinition[] {
    try {
      return this.#machine.getTransitionData(snapshot, event)
    } catch {
      return []
    }
  }

  #collect(event: EventObject | null, timers: readonly Timer[], step: () => AnyMachineSnapshot): SandboxStep {
    this.#taken.length = this.#actions.length = 0
    const snapshot = step()
    return {
      event,
      snapshot,
      transitions: this.#taken.map((definition) => this.#indexOf(definition)),
      effects: listEffects(this.#actions, timers),
      timers: updateTimers(timers, this.#actions),
    }
  }

  /** The chart lists the branches of an event in the order of their definition. */
  #indexOf(definition: AnyTransitionDefinition): number {
    const { source, eventType } = definition
    const siblings = eventType ? (source.transitions.get(eventType) ?? []) : (source.always ?? [])
    const name = eventType ? shortEventName(eventType) : 'always'
    const first = this.#chart.transitions.findIndex(({ from, event }) => from === source.id && event === name)
    return first + siblings.indexOf(definition)
  }
}

const doNothing = (): void => {}

/** The active states, innermost first. */
const activeNodes = ({ _nodes }: AnyMachineSnapshot) => _nodes.toSorted((a, b) => b.path.length - a.path.length)

/** Returns the name of an event as in a trace: `after.backoff` for XState's `xstate.after.backoff.signaling.backoff`. */
export const shortEventName = (type: string): string => type.replace(/^xstate\.after\.([^.]+).*/, 'after.$1')
