import type { ConnectionFact } from '../machines/call.facts.ts'

type PathFact = Extract<ConnectionFact, { type: 'path.opened' | 'path.wavered' | 'path.failed' | 'media.flowed' }>
type PathState = 'opened' | 'wavered' | 'failed' | null

/** Media that does not arrive on an open path is not going to: what is missing then is not the path's fault. */
const mediaPatience = 2_000

/** Reports how the way to the other side fares. Returns its undo. */
export function watchPath(pc: RTCPeerConnection, report: (fact: PathFact) => void): () => void {
  const stop = new AbortController()
  let last: PathState = null
  let unwatch = (): void => undefined

  function look(): void {
    const state = pathOf(pc)
    if (state === last) return
    last = state
    unwatch()
    if (!state) return
    report({ type: `path.${state}` })
    // Whoever heard it may have had enough.
    if (state === 'opened' && !stop.signal.aborted) unwatch = watchMedia(pc, () => report({ type: 'media.flowed' }))
  }

  // Chromium says `failed` in the first only, Firefox in both, and not at the same time.
  pc.addEventListener('connectionstatechange', look, { signal: stop.signal })
  pc.addEventListener('iceconnectionstatechange', look, { signal: stop.signal })
  return () => {
    stop.abort()
    unwatch()
  }
}

/** Null while it is being looked for. */
function pathOf({ connectionState, iceConnectionState }: RTCPeerConnection): PathState {
  const states = [connectionState, iceConnectionState]
  if (states.includes('failed')) return 'failed'
  if (states.includes('disconnected')) return 'wavered'
  return connectionState === 'connected' ? 'opened' : null
}

/** Calls once: when something arrives, when nothing is to be expected, or when it was waited for long enough. */
function watchMedia(pc: RTCPeerConnection, flowed: () => void): () => void {
  const stop = new AbortController()
  const done = (): void => {
    clearTimeout(timer)
    stop.abort()
    flowed()
  }
  const timer = setTimeout(done, mediaPatience)
  const awaited = pc.getTransceivers().filter(({ currentDirection }) => currentDirection?.includes('recv')).map(({ receiver }) => receiver.track)
  if (awaited.length === 0 || awaited.some(({ muted }) => !muted)) done()
  else for (const track of awaited) track.addEventListener('unmute', done, { signal: stop.signal })
  return () => {
    clearTimeout(timer)
    stop.abort()
  }
}
