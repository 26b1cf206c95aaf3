import type { Trace } from '../../machines/protocol/trace/types.ts'
import type { TracedMachine, TraceEntry } from '../../machines/protocol/traceEntry.ts'
import { createRandomKey } from '../common/randomKey.ts'
import type { Recorder } from './recorder.ts'

/**
 * Messages that share the trace with other tabs of this browser, such as `/machines`. A tab that sends `hello` gets
 * all entries so far, then each new one. `page` identifies the sending page. A source is the machine that sent the event
 * (`EntrySource`); the other tab may be of an older version, without sources.
 */
export type TabMessage =
  | { type: 'hello' }
  | { type: 'trace'; page: string; trace: Trace; sources?: (TracedMachine | null)[] }
  | { type: 'entry'; page: string; entry: TraceEntry; source?: TracedMachine | null }

/** Name of the BroadcastChannel for traces. */
export const traceChannelName = 'duet-trace'

/** Without a `hello` for this time, in ms, the subscription to the remote trace ends. A viewer repeats `hello`. */
export const helloTimeoutMs = 10_000

/**
 * Broadcasts the trace to viewers. Returns its stop function.
 * @param onViewer called for the first viewer; the function that it returns is called when the last viewer is gone
 */
export function broadcastTrace(recorder: Recorder, onViewer: () => () => void): () => void {
  if (!('BroadcastChannel' in globalThis)) return () => undefined
  const channel = new BroadcastChannel(traceChannelName)
  // `crypto.randomUUID` exists on secure pages only.
  const page = createRandomKey()
  const post = (message: TabMessage): void => channel.postMessage(message)
  const postAll = (): void => {
    const { trace } = recorder
    post({ type: 'trace', page, trace, sources: trace.entries.map((entry) => recorder.sourceOf(entry)) })
  }
  let hasViewer = false
  let stopViewing: (() => void) | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const endViewing = (): void => {
    stopViewing?.()
    stopViewing = null
  }
  const stop = recorder.subscribe((entry) => {
    if (hasViewer) post({ type: 'entry', page, entry, source: recorder.sourceOf(entry) })
  })
  channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    if (data.type !== 'hello') return
    hasViewer = true
    postAll()
    stopViewing ??= onViewer()
    clearTimeout(timer)
    timer = setTimeout(endViewing, helloTimeoutMs)
  })
  // A viewer may have sent its hello before this page existed.
  postAll()
  return () => {
    clearTimeout(timer)
    stop()
    endViewing()
    channel.close()
  }
}
