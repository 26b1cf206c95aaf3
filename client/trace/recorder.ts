import type { InspectionEvent, Snapshot } from 'xstate'
import { lineOf } from '../../machines/protocol/trace/sanitize.ts'
import type { QualityFact } from '../../machines/status/qualityMachine.ts'
import type { StateValue, Trace, TracedEvent } from '../../machines/protocol/trace/types.ts'
import type { TracedMachine, TraceLine } from '../../machines/protocol/traceLine.ts'

/** So much of the past is kept. */
const most = 500

/** How `news.read` names what is about a trace: who told of that would tell of telling. */
const isAboutTraces = ({ news }: { news?: News }): boolean =>
  news?.type === 'log' || news?.message?.type === 'trace' || news?.message?.type === 'watch'
interface News { type: string; message?: { type: string } }

/** What comes every second would leave room for nothing else, here and on the way to who looks: it is of note where it changes a state. */
const incessant: ReadonlySet<string> = new Set<QualityFact['type']>(['sample.taken'])

/** Writes down what happens to this page's machines, and what others tell of theirs. */
export class Recorder {
  readonly began: string
  readonly #now: () => number
  #lines: TraceLine[] = []
  /** Told, and perhaps not dealt with yet. */
  readonly #open: { machine: TracedMachine; event: TracedEvent; at: number; state: StateValue | null }[] = []
  /** Where each machine of this page is. */
  readonly #states = new Map<TracedMachine, string>()
  /** How many lines there have been that are kept no more. */
  #gone = 0
  readonly #readers = new Set<(line: TraceLine) => void>()

  /** @param now milliseconds, from anywhere on */
  constructor(now: () => number = () => performance.now()) {
    const start = now()
    this.#now = () => Math.round(now() - start)
    this.began = new Date().toISOString()
  }

  /** Milliseconds since the trace began. */
  get now(): number {
    return this.#now()
  }

  get lines(): readonly TraceLine[] {
    return this.#lines
  }

  /** What others tell comes later than it happened. */
  get trace(): Trace {
    return { version: 1, began: this.began, lines: this.#lines.toSorted((one, other) => one.at - other.at) }
  }

  /** For `createActor`: what the machine was told, and its state after it. What its children did is in what they told it. */
  inspect(machine: TracedMachine): (inspected: InspectionEvent) => void {
    return (inspected) => {
      if (inspected.actorRef.sessionId !== inspected.rootId) return
      if (inspected.type === '@xstate.event') this.#begin(machine, inspected.event as TracedEvent)
      if (inspected.type === '@xstate.snapshot') this.#end(inspected.event, (inspected.snapshot as Snapshot<unknown> & { value: StateValue }).value)
    }
  }

  /** What follows from an event happens before its own machine is done with it: causes are written down first. */
  #begin(machine: TracedMachine, event: TracedEvent): void {
    if (isAboutTraces(event as { news?: News })) return
    if (this.#open.length === 0) queueMicrotask(() => this.#writeOpen())
    this.#open.push({ machine, event, at: this.now, state: null })
  }

  #end(event: object, state: StateValue): void {
    const opened = this.#open.find((each) => each.event === event && each.state === null)
    if (opened) opened.state = state
  }

  /** One that stopped has no state any more. */
  #writeOpen(): void {
    for (const { state, ...rest } of this.#open.splice(0)) if (state !== null) this.#write(lineOf({ place: 'here', state, ...rest }))
  }

  #write(line: TraceLine): void {
    const before = this.#states.get(line.machine)
    this.#states.set(line.machine, line.state)
    if (line.state !== before || !incessant.has(line.event)) this.add(line)
  }

  /** Writes down what happened outside a machine, beside the machine that it concerns and in the state where that is. */
  note(machine: TracedMachine, event: string): void {
    this.add(lineOf({ at: this.now, place: 'here', machine, event: { type: event }, state: this.#states.get(machine) ?? 'unknown' }))
  }

  add(line: TraceLine): void {
    this.#lines.push(line)
    if (this.#lines.length > most) this.#gone += this.#lines.splice(0, this.#lines.length - most).length
    for (const read of this.#readers) read(line)
  }

  /** The lines behind the first `count`, as far as they are kept, and how many there have been. */
  after(count: number): { lines: TraceLine[]; count: number } {
    return { lines: this.#lines.slice(Math.max(0, count - this.#gone)), count: this.#gone + this.#lines.length }
  }

  /** Calls with each line from now on. Returns its undo. */
  subscribe(read: (line: TraceLine) => void): () => void {
    this.#readers.add(read)
    return () => void this.#readers.delete(read)
  }
}
