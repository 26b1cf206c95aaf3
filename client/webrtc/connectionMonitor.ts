import type { PeerConnectionEvent } from '../../machines/call/callEvents.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { InboundActivity } from './inboundActivity.ts'

/** The events that `ConnectionMonitor` reports. */
export type TransportEvent = Extract<
  PeerConnectionEvent,
  { type: 'transport.connected' | 'transport.disconnected' | 'transport.failed' | 'media.started' }
>
type TransportState = 'connected' | 'disconnected' | 'failed' | null

/** If a connected transport carries no media for this time, in ms, the cause is the sender, not the transport. */
const mediaTimeoutMs = 2_000

/**
 * Reports the transport state from the browser's states and from arriving data. Browsers report a loss after 6 s
 * (Chromium) to 9 s (Firefox), and a failure after up to 30 s. This class detects silence after 1 to 2 s.
 */
export class ConnectionMonitor {
  readonly #pc: RTCPeerConnection
  readonly #report: (event: TransportEvent) => void
  readonly #now: () => number
  readonly #activity: InboundActivity
  readonly #stop = new AbortController()
  #lastState: TransportState = null
  #connectedAt = 0
  /** Time of the last network change. Data that arrives later shows that the transport survived. */
  #changedAt: number | null = null
  #stopMediaWait = (): void => undefined

  constructor(
    pc: RTCPeerConnection,
    report: (event: TransportEvent) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#pc = pc
    this.#report = report
    this.#now = now
    this.#activity = new InboundActivity(now)
    // Chromium reports `failed` in the first event only; Firefox reports it in both, at different times.
    pc.addEventListener('connectionstatechange', this.#update, { signal: this.#stop.signal })
    pc.addEventListener('iceconnectionstatechange', this.#update, { signal: this.#stop.signal })
  }

  /** Reads the newest stats report. Call it several times per second. */
  read(report: Iterable<[string, unknown]>): void {
    if (this.#stop.signal.aborted) return
    this.#activity.read(report)
    this.#update()
  }

  /** Expects data soon after a network change: silence then means that the transport failed. */
  onNetworkChange(): void {
    this.#changedAt = this.#now()
  }

  /** After an ICE restart, `transport.connected` is reported again. */
  onIceRestart(): void {
    if (this.#lastState === 'connected') this.#lastState = null
  }

  /** Stops all reports. */
  close(): void {
    this.#stop.abort()
    this.#stopMediaWait()
  }

  readonly #update = (): void => {
    const state = this.#state
    if (state === this.#lastState) return
    this.#lastState = state
    this.#stopMediaWait()
    if (!state) return
    if (state === 'connected') this.#connectedAt = this.#now()
    this.#report({ type: `transport.${state}` })
    // The listener may have closed this monitor.
    if (state === 'connected' && !this.#stop.signal.aborted)
      this.#stopMediaWait = waitForMedia(this.#pc, () => this.#report({ type: 'media.started' }))
  }

  get #state(): TransportState {
    const state = readTransportState(this.#pc)
    if (state !== 'connected') return state
    if (this.#isLost) return 'failed'
    return this.#isSilent ? 'disconnected' : 'connected'
  }

  get #isSilent(): boolean {
    const timeoutMs = this.#activity.hasRecentMedia ? timeouts.mediaSilenceMs : timeouts.heartbeatSilenceMs
    return this.#lastState !== null && this.#now() - Math.max(this.#activity.lastAt, this.#connectedAt) >= timeoutMs
  }

  /** True if nothing has arrived since the network changed. Heartbeats alone are too rare for the short timeout. */
  get #isLost(): boolean {
    if (this.#changedAt === null) return false
    const timeoutMs = this.#activity.hasRecentMedia ? timeouts.networkChangeSilenceMs : timeouts.mediaSilenceMs
    return this.#activity.lastAt <= this.#changedAt && this.#now() - this.#changedAt >= timeoutMs
  }
}

/** Returns the transport state; null while ICE is connecting. */
function readTransportState({ connectionState, iceConnectionState }: RTCPeerConnection): TransportState {
  const states = [connectionState, iceConnectionState]
  if (states.includes('failed')) return 'failed'
  if (states.includes('disconnected')) return 'disconnected'
  return connectionState === 'connected' ? 'connected' : null
}

/** Calls `onMedia` once: when media arrives, when none is expected, or after `mediaTimeoutMs`. */
function waitForMedia(pc: RTCPeerConnection, onMedia: () => void): () => void {
  const stop = new AbortController()
  const finish = (): void => {
    clearTimeout(timer)
    stop.abort()
    onMedia()
  }
  const timer = setTimeout(finish, mediaTimeoutMs)
  const awaited = pc
    .getTransceivers()
    .filter(({ currentDirection }) => currentDirection?.includes('recv'))
    .map(({ receiver }) => receiver.track)
  if (awaited.length === 0 || awaited.some(({ muted }) => !muted)) finish()
  else for (const track of awaited) track.addEventListener('unmute', finish, { signal: stop.signal })
  return () => {
    clearTimeout(timer)
    stop.abort()
  }
}
