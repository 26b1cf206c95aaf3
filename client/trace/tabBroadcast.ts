import type { Trace } from '../../machines/protocol/trace/types.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import { createRandomKey } from '../common/randomKey.ts'
import type { Recorder } from './recorder.ts'

/**
 * Shares the trace with other tabs of this browser, such as `/machines`. A tab that sends `hello` gets all entries so far,
 * then each new one. `page` tells the tabs of several calls apart.
 */
export type TabMessage =
  { type: 'hello' } | { type: 'trace'; page: string; trace: Trace } | { type: 'entry'; page: string; entry: TraceEntry }

export const traceChannelName = 'duet-trace'

/** A viewer repeats `hello`. Without one for this long, the subscription to the remote trace ends. In ms. */
export const helloTimeoutMs = 10_000

/** @param onViewer called for the first viewer; the function that it returns is called when the last one is gone. Returns its undo. */
export function broadcastTrace(recorder: Recorder, onViewer: () => () => void): () => void {
  if (!('BroadcastChannel' in globalThis)) return () => undefined
  const channel = new BroadcastChannel(traceChannelName)
  // `crypto.randomUUID` is for secure pages only.
  const page = createRandomKey()
  const post = (message: TabMessage): void => channel.postMessage(message)
  const postAll = (): void => post({ type: 'trace', page, trace: recorder.trace })
  let hasViewer = false
  let stopViewing: (() => void) | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const endViewing = (): void => {
    stopViewing?.()
    stopViewing = null
  }
  const stop = recorder.subscribe((entry) => {
    if (hasViewer) post({ type: 'entry', page, entry })
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
