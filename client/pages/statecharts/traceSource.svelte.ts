import { readTraceFile } from '../../../machines/protocol/trace/traceFile.ts'
import type { Trace } from '../../../machines/protocol/trace/types.ts'
import type { TracedMachine, TraceEntry } from '../../../machines/protocol/traceEntry.ts'
import type { EntrySource } from '../../trace/recorder.ts'
import { helloTimeoutMs, type TabMessage, traceChannelName } from '../../trace/tabBroadcast.ts'

/** A call in another tab of this browser. */
export interface TracedCall {
  page: string
  trace: Trace
  isOpen: boolean
}

/** Interval of the hello message in ms. Each open call replies. */
const helloIntervalMs = helloTimeoutMs / 4

/** Source of the states: live calls in other tabs, or a saved trace. */
export class TraceSource implements EntrySource {
  calls: readonly TracedCall[] = $state.raw([])
  chosenPage: string | null = $state(null)
  saved: { name: string; trace: Trace } | null = $state.raw(null)
  /** The trace of the selected call when it was paused; null while the page follows the call. */
  paused: Trace | null = $state.raw(null)
  /** Error of the last file; null if it was read. */
  readError: string | null = $state(null)

  readonly #channel = new BroadcastChannel(traceChannelName)
  readonly #timer: ReturnType<typeof setInterval>
  #answered = new Set<string>()
  readonly #sources = new WeakMap<TraceEntry, TracedMachine>()
  readonly #listeners = new Set<(entry: TraceEntry) => void>()

  /** @param saved a trace that was opened before the page loaded */
  constructor(saved: { name: string; trace: Trace } | null = null) {
    this.saved = saved
    this.#channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => this.#receive(data))
    this.#sendHello()
    this.#timer = setInterval(() => this.#updateOpenCalls(), helloIntervalMs)
  }

  /** The selected call, or the first one. */
  get call(): TracedCall | null {
    return this.calls.find(({ page }) => page === this.chosenPage) ?? this.calls[0] ?? null
  }

  /** The saved trace, or that of the selected call; null without either. Reactive. */
  get trace(): Trace | null {
    return this.saved?.trace ?? this.paused ?? this.call?.trace ?? null
  }

  /** The entries of the selected call or the saved trace. */
  get entries(): readonly TraceEntry[] {
    return this.trace?.entries ?? []
  }

  /** Calls the listener with each new entry of the selected call. Returns its stop function. */
  subscribe(listener: (entry: TraceEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Null also for the entries of the peer, of the server and of a saved trace. */
  sourceOf(entry: TraceEntry): TracedMachine | null {
    return this.#sources.get(entry) ?? null
  }

  /** The number of entries since the pause. The call's tab keeps the newest entries only, so their times count. */
  get newerCount(): number {
    const pausedAtMs = this.paused?.entries.at(-1)?.atMs ?? -1
    return this.call?.trace.entries.filter(({ atMs }) => atMs > pausedAtMs).length ?? 0
  }

  /** Keeps showing the entries so far. New entries are still recorded. */
  pause(): void {
    this.paused = this.call?.trace ?? null
  }

  /** Shows the call live again, with the entries since the pause. */
  follow(): void {
    this.paused = null
  }

  /** Shows another call, live. */
  choose(page: string): void {
    this.chosenPage = page
    this.paused = null
  }

  /** Shows a trace file instead of the live calls. An invalid file sets `readError` and changes nothing else. */
  async openFile(file: File): Promise<void> {
    try {
      this.saved = { name: file.name, trace: await readTraceFile(file) }
      this.paused = null
      this.readError = null
    } catch (error) {
      this.readError = error instanceof Error ? error.message : String(error)
    }
  }

  /** Closes the saved trace and returns to the live calls. */
  closeFile(): void {
    this.saved = null
  }

  /** Stops listening to the other tabs. The source cannot start again. */
  stop(): void {
    clearInterval(this.#timer)
    this.#channel.close()
  }

  #sendHello(): void {
    this.#answered.clear()
    this.#channel.postMessage({ type: 'hello' } satisfies TabMessage)
  }

  /** Marks calls without a reply as closed. A closed call stays until another one is open. */
  #updateOpenCalls(): void {
    const open = this.calls.map((call) => ({ ...call, isOpen: this.#answered.has(call.page) }))
    const isAnyOpen = open.some(({ isOpen }) => isOpen)
    if (open.some(({ isOpen }, at) => isOpen !== this.calls[at]?.isOpen))
      this.calls = open.filter(({ isOpen }) => isOpen || !isAnyOpen)
    this.#sendHello()
  }

  #receive(message: TabMessage): void {
    if (message.type === 'trace') {
      const { page, trace, sources = [] } = message
      for (const [at, entry] of trace.entries.entries()) this.#setSource(entry, sources[at])
      this.#setTrace(page, trace)
    }
    if (message.type === 'entry') {
      const { page, entry, source } = message
      this.#setSource(entry, source)
      this.#appendEntry(page, entry)
      if (page === this.call?.page) for (const listener of this.#listeners) listener(entry)
    }
  }

  #setSource(entry: TraceEntry, source: TracedMachine | null | undefined): void {
    if (source) this.#sources.set(entry, source)
  }

  #setTrace(page: string, trace: Trace): void {
    this.#answered.add(page)
    const isKnown = this.calls.some((call) => call.page === page)
    const call = { page, trace, isOpen: true }
    const others = this.calls.filter(({ isOpen }) => isOpen)
    this.calls = isKnown ? this.calls.map((each) => (each.page === page ? call : each)) : [...others, call]
  }

  #appendEntry(page: string, line: TraceEntry): void {
    this.calls = this.calls.map((call) =>
      call.page === page ? { ...call, trace: { ...call.trace, entries: [...call.trace.entries, line] } } : call,
    )
  }
}
