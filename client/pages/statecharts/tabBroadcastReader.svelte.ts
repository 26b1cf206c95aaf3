import { readTrace } from '../../../machines/protocol/trace/traceFile.ts'
import type { Trace } from '../../../machines/protocol/trace/types.ts'
import type { TraceLine } from '../../../machines/protocol/traceLine.ts'
import { attention, type Broadcast, channelName } from '../../trace/tabBroadcast.ts'

/** A call in another tab of this browser. */
export interface Watched { page: string; trace: Trace; isOpen: boolean }

/** Who says hello is answered by every call there is. */
const helloMs = attention / 4

/** What this page looks at: calls in other tabs as they go on, or a trace from a file. */
export class Watch {
  calls: readonly Watched[] = $state.raw([])
  chosen: string | null = $state(null)
  saved: { name: string; trace: Trace } | null = $state.raw(null)
  /** Why a file could not be read. */
  fault: string | null = $state(null)

  readonly #channel = new BroadcastChannel(channelName)
  readonly #timer: ReturnType<typeof setInterval>
  #answered = new Set<string>()

  constructor() {
    this.#channel.addEventListener('message', ({ data }: MessageEvent<Broadcast>) => this.#hear(data))
    this.#hello()
    this.#timer = setInterval(() => this.#round(), helloMs)
  }

  /** The call that is looked at: the chosen one, or the first. */
  get call(): Watched | null {
    return this.calls.find(({ page }) => page === this.chosen) ?? this.calls[0] ?? null
  }

  get trace(): Trace | null {
    return this.saved?.trace ?? this.call?.trace ?? null
  }

  async open(file: File): Promise<void> {
    try {
      this.saved = { name: file.name, trace: readTrace(await file.text()) }
      this.fault = null
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error)
    }
  }

  /** Back to what goes on. */
  closeFile(): void {
    this.saved = null
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#channel.close()
  }

  #hello(): void {
    this.#answered.clear()
    this.#channel.postMessage({ type: 'hello' } satisfies Broadcast)
  }

  /** Whose tab is gone answers no more: it stays to be read until another call is there. */
  #round(): void {
    const open = this.calls.map((call) => ({ ...call, isOpen: this.#answered.has(call.page) }))
    const isAnyOpen = open.some(({ isOpen }) => isOpen)
    if (open.some(({ isOpen }, at) => isOpen !== this.calls[at]?.isOpen)) this.calls = open.filter(({ isOpen }) => isOpen || !isAnyOpen)
    this.#hello()
  }

  #hear(message: Broadcast): void {
    if (message.type === 'trace') this.#take(message.page, message.trace)
    if (message.type === 'line') this.#add(message.page, message.line)
  }

  #take(page: string, trace: Trace): void {
    this.#answered.add(page)
    const isKnown = this.calls.some((call) => call.page === page)
    const call = { page, trace, isOpen: true }
    const others = this.calls.filter(({ isOpen }) => isOpen)
    this.calls = isKnown ? this.calls.map((each) => (each.page === page ? call : each)) : [...others, call]
  }

  #add(page: string, line: TraceLine): void {
    this.calls = this.calls.map((call) => (call.page === page ? { ...call, trace: { ...call.trace, lines: [...call.trace.lines, line] } } : call))
  }
}
