import type { InspectionEvent, Snapshot } from 'xstate'
import { createTraceEntry } from '../../machines/protocol/trace/sanitize.ts'
import type { QualityEvent } from '../../machines/status/qualityMachine.ts'
import type { StateValue, Trace, TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TracedMachine, TraceEntry } from '../../machines/protocol/traceEntry.ts'

/** How many entries are kept. */
const maxEntries = 500

/** True for `event.received` about a trace: recording it would produce more trace messages. */
const isAboutTraces = ({ roomEvent }: { roomEvent?: ReceivedEvent }): boolean =>
  roomEvent?.type === 'room.trace' ||
  roomEvent?.message?.type === 'trace.entries' ||
  roomEvent?.message?.type === 'trace.subscribe'
interface ReceivedEvent {
  type: string
  message?: { type: string }
}

/** Events that come every second are recorded only where they change a state; else they would displace everything else. */
const frequentEvents: ReadonlySet<string> = new Set<QualityEvent['type']>(['sample.taken'])

/** Records the events of this page's machines, and the entries that others send of theirs. */
export class Recorder {
  readonly startedAt: string
  readonly #now: () => number
  #entries: TraceEntry[] = []
  /** Received events whose transition may not be complete. */
  readonly #pending: { machine: TracedMachine; event: TracedEvent; atMs: number; state: StateValue | null }[] = []
  /** Where each machine of this page is. */
  readonly #states = new Map<TracedMachine, string>()
  /** How many entries were dropped. */
  #droppedCount = 0
  readonly #listeners = new Set<(entry: TraceEntry) => void>()

  /** @param now milliseconds, from anywhere on */
  constructor(now: () => number = () => performance.now()) {
    const start = now()
    this.#now = () => Math.round(now() - start)
    this.startedAt = new Date().toISOString()
  }

  /** Milliseconds since the trace began. */
  get now(): number {
    return this.#now()
  }

  get entries(): readonly TraceEntry[] {
    return this.#entries
  }

  /** Sorted by time: entries of others arrive late. */
  get trace(): Trace {
    return {
      version: 1,
      startedAt: this.startedAt,
      entries: this.#entries.toSorted((one, other) => one.atMs - other.atMs),
    }
  }

  /** For `createActor`: records each event of the machine, and its state after it. Children show in the events they send. */
  inspect(machine: TracedMachine): (inspected: InspectionEvent) => void {
    return (inspected) => {
      if (inspected.actorRef.sessionId !== inspected.rootId) return
      if (inspected.type === '@xstate.event') this.#onEvent(machine, inspected.event as TracedEvent)
      if (inspected.type === '@xstate.snapshot')
        this.#onSnapshot(inspected.event, (inspected.snapshot as Snapshot<unknown> & { value: StateValue }).value)
    }
  }

  /** What follows from an event happens before its own machine is done with it: causes are written down first. */
  #onEvent(machine: TracedMachine, event: TracedEvent): void {
    if (isAboutTraces(event as { roomEvent?: ReceivedEvent })) return
    if (this.#pending.length === 0) queueMicrotask(() => this.#flush())
    this.#pending.push({ machine, event, atMs: this.now, state: null })
  }

  #onSnapshot(event: object, state: StateValue): void {
    const pending = this.#pending.find((each) => each.event === event && each.state === null)
    if (pending) pending.state = state
  }

  /** One that stopped has no state any more. */
  #flush(): void {
    for (const { state, ...rest } of this.#pending.splice(0))
      if (state !== null) this.#write(createTraceEntry({ place: 'here', state, ...rest }))
  }

  #write(entry: TraceEntry): void {
    const previousState = this.#states.get(entry.machine)
    this.#states.set(entry.machine, entry.state)
    if (entry.state !== previousState || !frequentEvents.has(entry.event)) this.add(entry)
  }

  /** Records an event outside a machine, under the machine that it concerns and in its current state. */
  record(machine: TracedMachine, event: string): void {
    this.add(
      createTraceEntry({
        atMs: this.now,
        place: 'here',
        machine,
        event: { type: event },
        state: this.#states.get(machine) ?? 'unknown',
      }),
    )
  }

  add(entry: TraceEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length > maxEntries)
      this.#droppedCount += this.#entries.splice(0, this.#entries.length - maxEntries).length
    for (const listener of this.#listeners) listener(entry)
  }

  /** The entries after the first `count`, as far as they are kept, and how many there were in all. */
  entriesAfter(count: number): { entries: TraceEntry[]; count: number } {
    return {
      entries: this.#entries.slice(Math.max(0, count - this.#droppedCount)),
      count: this.#droppedCount + this.#entries.length,
    }
  }

  /** Calls the listener with each new entry. Returns its stop function. */
  subscribe(listener: (entry: TraceEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
