import type { InspectionEvent, Snapshot } from 'xstate'
import { getEventTraits } from '../../machines/protocol/messageTraits.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { createTraceEntry } from '../../machines/protocol/trace/sanitize.ts'
import type { ChatEvent } from '../../machines/chat/chatEvents.ts'
import type { QualityEvent } from '../../machines/status/qualityMachine.ts'
import type { StateValue, Trace, TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TracedMachine, TraceEntry } from '../../machines/protocol/traceEntry.ts'

/** Maximum number of entries kept. */
const maxEntries = 500

/** True for `event.received` about a trace. Recording it would produce more trace messages. */
const isAboutTraces = ({ roomEvent }: { roomEvent?: RoomEvent }): boolean =>
  roomEvent !== undefined && getEventTraits(roomEvent).isAboutTraces

/**
 * Events that come every second, or as often as the peer likes, are recorded only when they change a state. Otherwise they
 * would displace all other entries. `after.directDelay` repeats while the server is unreachable.
 */
const frequentEvents: ReadonlySet<string> = new Set<QualityEvent['type'] | ChatEvent['type'] | 'after.directDelay'>([
  'sample.taken',
  'text.received',
  'ack.received',
  'after.directDelay',
])

/** Entries that are shown as they come: those of this page, or those that another tab sends. */
export interface EntrySource {
  readonly entries: readonly TraceEntry[]
  /** Calls the listener with each new entry. Returns its stop function. */
  subscribe(listener: (entry: TraceEntry) => void): () => void
  /** Returns the machine of the same page that sent the event; null for a user, a timer or another actor. */
  sourceOf(entry: TraceEntry): TracedMachine | null
}

/** An event whose transition may be incomplete. */
interface PendingEvent {
  machine: TracedMachine
  event: TracedEvent
  atMs: number
  state: StateValue | null
  source: TracedMachine | null
}

/** Records the events of this page's machines, and entries received from the server and the peer. */
export class Recorder implements EntrySource {
  readonly startedAt: string
  readonly #now: () => number
  #entries: TraceEntry[] = []
  readonly #pending: PendingEvent[] = []
  readonly #sources = new WeakMap<TraceEntry, TracedMachine>()
  /** The current state of each machine of this page. */
  readonly #states = new Map<TracedMachine, string>()
  /** The number of dropped entries. */
  #droppedCount = 0
  readonly #listeners = new Set<(entry: TraceEntry) => void>()

  /** @param now a monotonic clock in ms, with any origin */
  constructor(now: () => number = () => performance.now()) {
    const start = now()
    this.#now = () => Math.round(now() - start)
    this.startedAt = new Date().toISOString()
  }

  /** The time in ms since the trace began. */
  get now(): number {
    return this.#now()
  }

  /** The kept entries, in the order in which they were added. */
  get entries(): readonly TraceEntry[] {
    return this.#entries
  }

  /** The trace sorted by time, because remote entries arrive late. */
  get trace(): Trace {
    return {
      version: 1,
      startedAt: this.startedAt,
      entries: this.#entries.toSorted((one, other) => one.atMs - other.atMs),
    }
  }

  /**
   * Returns an inspector for `createActor`. It records each event of the machine and the state after it. Child actors
   * appear through the events that they send.
   */
  inspect(machine: TracedMachine): (inspected: InspectionEvent) => void {
    return (inspected) => {
      if (inspected.actorRef.sessionId !== inspected.rootId) return
      if (inspected.type === '@xstate.event') this.#onEvent(machine, inspected.event as TracedEvent)
      if (inspected.type === '@xstate.snapshot')
        this.#onSnapshot(inspected.event, (inspected.snapshot as Snapshot<unknown> & { value: StateValue }).value)
    }
  }

  /**
   * Events caused by an event finish before the machine that caused them. The pending list keeps the causes first, and
   * the last unfinished one is the cause of a new event.
   */
  #onEvent(machine: TracedMachine, event: TracedEvent): void {
    if (isAboutTraces(event as { roomEvent?: RoomEvent })) return
    if (this.#pending.length === 0) queueMicrotask(() => this.#flush())
    const source = this.#pending.findLast(({ state }) => state === null)?.machine ?? null
    this.#pending.push({ machine, event, atMs: this.now, state: null, source })
  }

  #onSnapshot(event: object, state: StateValue): void {
    const pending = this.#pending.find((each) => each.event === event && each.state === null)
    if (pending) pending.state = state
  }

  /** A stopped machine has no state and is skipped. */
  #flush(): void {
    for (const { state, source, ...rest } of this.#pending.splice(0)) {
      if (state === null) continue
      const entry = createTraceEntry({ place: 'here', state, ...rest })
      if (source !== null && source !== entry.machine) this.#sources.set(entry, source)
      this.#write(entry)
    }
  }

  /** Entries of the server and the peer have no source. */
  sourceOf(entry: TraceEntry): TracedMachine | null {
    return this.#sources.get(entry) ?? null
  }

  #write(entry: TraceEntry): void {
    const previousState = this.#states.get(entry.machine)
    this.#states.set(entry.machine, entry.state)
    if (entry.state !== previousState || !frequentEvents.has(entry.event)) this.add(entry)
  }

  /** Records an event from outside a machine, under the machine that it concerns, with its current state. */
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

  /** Adds an entry and notifies the subscribers. The oldest entry is dropped above the limit. */
  add(entry: TraceEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length > maxEntries)
      this.#droppedCount += this.#entries.splice(0, this.#entries.length - maxEntries).length
    for (const listener of this.#listeners) listener(entry)
  }

  /** Returns the kept entries after the first `count`, and the total number so far. */
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
