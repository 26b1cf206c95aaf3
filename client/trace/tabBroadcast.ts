import type { Trace } from '../../machines/protocol/trace/types.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import { makeKey } from '../common/randomKey.ts'
import type { Recorder } from './recorder.ts'

/**
 * Tells other tabs of this browser, such as `/machines`, what happens in this one: who says `hello` gets everything so far,
 * then each line as it comes. `page` tells the tabs of several calls apart.
 */
export type Broadcast =
  | { type: 'hello' }
  | { type: 'trace'; page: string; trace: Trace }
  | { type: 'line'; page: string; line: TraceLine }

export const channelName = 'duet-trace'

/** Who looks says hello again and again; for who has not for so long, the other side is asked no more. In milliseconds. */
export const attention = 10_000

/** @param look somebody begins to look; what it returns is called when nobody does any more. Returns its undo. */
export function broadcast(recorder: Recorder, look: () => () => void): () => void {
  if (!('BroadcastChannel' in globalThis)) return () => undefined
  const channel = new BroadcastChannel(channelName)
  // `crypto.randomUUID` is for secure pages only.
  const page = makeKey()
  const post = (message: Broadcast): void => channel.postMessage(message)
  const postAll = (): void => post({ type: 'trace', page, trace: recorder.trace })
  let hasCompany = false
  let stopLooking: (() => void) | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const forget = (): void => {
    stopLooking?.()
    stopLooking = null
  }
  const stop = recorder.subscribe((line) => { if (hasCompany) post({ type: 'line', page, line }) })
  channel.addEventListener('message', ({ data }: MessageEvent<Broadcast>) => {
    if (data.type !== 'hello') return
    hasCompany = true
    postAll()
    stopLooking ??= look()
    clearTimeout(timer)
    timer = setTimeout(forget, attention)
  })
  // Who waits for a call to begin says hello before there is anybody to hear it.
  postAll()
  return () => {
    clearTimeout(timer)
    stop()
    forget()
    channel.close()
  }
}
