import type { AnyStateMachine } from 'xstate'
import { formatState } from '../../../../machines/protocol/trace/sanitize.ts'
import { machineNameFor, type TracedMachine } from '../../../../machines/protocol/traceEntry.ts'
import { chartedMachines, type Drawing } from '../drawings.ts'
import type { TakenEdge } from '../traceStory.ts'
import { type Branch, type OfferedEvent, Sandbox, type SandboxStep } from './sandbox.ts'
import { type EventFields, sampleFields, sampleInput } from './samples.ts'

/** One machine in the sandbox, with the steps so far. */
export class SandboxRun {
  readonly machine: TracedMachine
  readonly drawing: Drawing
  readonly #sandbox: Sandbox
  /** The first one is the start. */
  steps: readonly [SandboxStep, ...SandboxStep[]]

  constructor(machine: TracedMachine, drawing: Drawing) {
    this.machine = machine
    this.drawing = drawing
    const logic: AnyStateMachine = chartedMachines[machineNameFor(machine)]
    this.#sandbox = new Sandbox(logic, drawing.graph.chart, sampleInput(machine))
    this.steps = $state.raw([this.#sandbox.start()])
  }

  /** The newest step. */
  get current(): SandboxStep {
    return this.steps.at(-1) ?? this.steps[0]
  }

  /** The step before the current one; null at the start. */
  get previous(): SandboxStep | null {
    return this.steps.at(-2) ?? null
  }

  /** The present state, as in a trace. */
  get state(): string {
    return stateOf(this.current)
  }

  /** The edges of the last step. */
  get takenEdges(): TakenEdge[] {
    const { transitions } = this.current
    return this.drawing.graph.edges
      .filter((edge) => edge.transitions.some((index) => transitions.includes(index)))
      .map((edge) => ({ place: 'here', edge, entryIndex: this.steps.length }))
  }

  /** The events that the present state handles. */
  get offeredEvents(): OfferedEvent[] {
    return this.#sandbox.offeredEvents(this.current)
  }

  /** Sensible fields of an event in the present context. */
  sampleFields(type: string): EventFields {
    return sampleFields(machineNameFor(this.machine), type, this.current.snapshot.context)
  }

  /** The branches of an event in the present state. */
  branches(type: string, fields: EventFields): Branch[] {
    return this.#sandbox.branches(this.current.snapshot, { ...fields, type })
  }

  /** Sends an event. Returns the message of the exception if a field is missing or wrong; null otherwise. */
  send(type: string, fields: EventFields): string | null {
    try {
      this.steps = [...this.steps, this.#sandbox.send(this.current, { ...fields, type })]
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  /** Takes the last step back. Does nothing at the start. */
  undo(): void {
    const [first, ...others] = this.steps
    this.steps = [first, ...others.slice(0, -1)]
  }

  /** Returns to the start. */
  reset(): void {
    this.steps = [this.steps[0]]
  }
}

/** Returns the state of a step, as in a trace. */
export const stateOf = ({ snapshot }: SandboxStep): string => formatState(snapshot.value as string)
