import type { ConnectionFact } from '../../machines/call/callEvents.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import { Arrivals } from './inboundActivity.ts'

export type PathFact = Extract<ConnectionFact, { type: 'path.opened' | 'path.wavered' | 'path.failed' | 'media.flowed' }>
type PathState = 'opened' | 'wavered' | 'failed' | null

/** Media that does not arrive on an open path is not going to: what is missing then is not the path's fault. */
const mediaPatience = 2_000

/**
 * How the way to the other side fares: by what the browser says of it, and by what arrives. Browsers take 6 s (Chromium) to
 * 9 s (Firefox) to miss anything, and what they say next may be half a minute away; a path on which nothing comes is known for
 * what it is in a second or two.
 */
export class Path {
  readonly #pc: RTCPeerConnection
  readonly #report: (fact: PathFact) => void
  readonly #now: () => number
  readonly #arrivals: Arrivals
  readonly #stop = new AbortController()
  #last: PathState = null
  #openedAt = 0
  /** When the network changed; what arrives later shows that the path lived through it. */
  #changedAt: number | null = null
  #unwatch = (): void => undefined

  constructor(pc: RTCPeerConnection, report: (fact: PathFact) => void, now: () => number = () => performance.now()) {
    this.#pc = pc
    this.#report = report
    this.#now = now
    this.#arrivals = new Arrivals(now)
    // Chromium says `failed` in the first only, Firefox in both, and not at the same time.
    pc.addEventListener('connectionstatechange', this.#look, { signal: this.#stop.signal })
    pc.addEventListener('iceconnectionstatechange', this.#look, { signal: this.#stop.signal })
  }

  /** The browser's newest figures. To be given several times a second. */
  read(report: Iterable<[string, unknown]>): void {
    if (this.#stop.signal.aborted) return
    this.#arrivals.read(report)
    this.#look()
  }

  /** The network changed: if nothing comes now, nothing will. */
  suspect(): void {
    this.#changedAt = this.#now()
  }

  /** A way is looked for anew: that it is open is news again, once it is. */
  renew(): void {
    if (this.#last === 'opened') this.#last = null
  }

  close(): void {
    this.#stop.abort()
    this.#unwatch()
  }

  readonly #look = (): void => {
    const state = this.#state
    if (state === this.#last) return
    this.#last = state
    this.#unwatch()
    if (!state) return
    if (state === 'opened') this.#openedAt = this.#now()
    this.#report({ type: `path.${state}` })
    // Whoever heard it may have had enough.
    if (state === 'opened' && !this.#stop.signal.aborted) this.#unwatch = watchMedia(this.#pc, () => this.#report({ type: 'media.flowed' }))
  }

  get #state(): PathState {
    const state = stateOf(this.#pc)
    if (state !== 'opened') return state
    if (this.#isLost) return 'failed'
    return this.#isSilent ? 'wavered' : 'opened'
  }

  get #isSilent(): boolean {
    const patience = this.#arrivals.isMedia ? timers.silence : timers.silenceOfBeats
    return this.#last !== null && this.#now() - Math.max(this.#arrivals.at, this.#openedAt) >= patience
  }

  /** Nothing has come since the network changed. Beats alone are too far apart to tell. */
  get #isLost(): boolean {
    if (this.#changedAt === null) return false
    const patience = this.#arrivals.isMedia ? timers.silenceAfterChange : timers.silence
    return this.#arrivals.at <= this.#changedAt && this.#now() - this.#changedAt >= patience
  }
}

/** Null while it is being looked for. */
function stateOf({ connectionState, iceConnectionState }: RTCPeerConnection): PathState {
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
