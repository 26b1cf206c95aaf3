import { readTraceFile } from '../../../machines/protocol/trace/traceFile.ts'
import type { Trace } from '../../../machines/protocol/trace/types.ts'
import type { TraceEntry } from '../../../machines/protocol/traceEntry.ts'
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
export class TraceSource {
  calls: readonly TracedCall[] = $state.raw([])
  chosenPage: string | null = $state(null)
  saved: { name: string; trace: Trace } | null = $state.raw(null)
  /** Error of the last file; null if it was read. */
  readError: string | null = $state(null)

  readonly #channel = new BroadcastChannel(traceChannelName)
  readonly #timer: ReturnType<typeof setInterval>
  #answered = new Set<string>()

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
    return this.saved?.trace ?? this.call?.trace ?? null
  }

  /** Shows a trace file instead of the live calls. An invalid file sets `readError` and changes nothing else. */
  async openFile(file: File): Promise<void> {
    try {
      this.saved = { name: file.name, trace: await readTraceFile(file) }
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
    if (message.type === 'trace') this.#setTrace(message.page, message.trace)
    if (message.type === 'entry') this.#appendEntry(message.page, message.entry)
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
