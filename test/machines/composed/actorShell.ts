import { type AnyStateMachine, initialTransition } from 'xstate'
import { type Stepper, stepperOf } from '../stepper.ts'

/** A side effect of a machine's step, as `transition` returns it. */
export interface Action {
  type: string
  params?: Record<string, unknown>
}

interface Event {
  type: string
}
type Listener = (event: never) => void
interface Snapshot {
  value: unknown
  context: unknown
  matches(state: never): boolean
}

/**
 * Implements the part of the actor interface that wiring code uses. Its snapshot can be replaced between two steps.
 * Like an actor it handles one event at a time, and emits events after the snapshot has changed.
 */
export class ActorShell {
  snapshot: Snapshot
  readonly #stepper: Stepper
  readonly #listeners: [type: string, listener: Listener][] = []
  readonly #watchers: ((snapshot: Snapshot) => void)[] = []
  readonly #queue: Event[] = []
  readonly #carryOut: (action: Action) => void
  #isBusy = false

  constructor(machine: AnyStateMachine, carryOut: (action: Action) => void, input?: unknown) {
    this.#stepper = stepperOf(machine)
    this.#carryOut = carryOut
    this.snapshot = initialTransition(machine, input)[0] as Snapshot
  }

  /** Returns the current snapshot. */
  getSnapshot(): Snapshot {
    return this.snapshot
  }

  /** Adds a listener for emitted events of a type, or of every type with `*`. It cannot be removed. */
  on(type: string, listener: Listener): { unsubscribe(): void } {
    this.#listeners.push([type, listener])
    return { unsubscribe: () => undefined }
  }

  /** Adds a watcher that runs after each event. It cannot be removed. */
  subscribe(watcher: (snapshot: Snapshot) => void): { unsubscribe(): void } {
    this.#watchers.push(watcher)
    return { unsubscribe: () => undefined }
  }

  /** Handles an event at once, or queues it while another event is handled. */
  send(event: Event): void {
    this.#queue.push(event)
    if (this.#isBusy) return
    this.#isBusy = true
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#take(next)
    this.#isBusy = false
  }

  #take(event: Event): void {
    const [after, actions] = this.#stepper(this.snapshot, event)
    this.snapshot = after as Snapshot
    for (const action of actions as Action[]) {
      if (action.type === 'xstate.emit') this.#emit(action.params?.event as Event)
      else this.#carryOut(action)
    }
    for (const watcher of this.#watchers) watcher(this.snapshot)
  }

  #emit(event: Event): void {
    for (const [type, listener] of this.#listeners) if (type === event.type || type === '*') listener(event as never)
  }
}
