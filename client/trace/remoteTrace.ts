import { limits } from '../../machines/protocol/limits.ts'
import { createRelayEntry } from '../../machines/protocol/trace/relayedMessage.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { Message, PeerMessage, SeatName } from '../../machines/protocol/messages.ts'
import { TokenBucket } from '../common/tokenBucket.ts'
import type { Recorder } from './recorder.ts'

/** Interval of the batches sent to a subscriber, in ms. */
const batchIntervalMs = 250

/**
 * Time in ms after the last subscription ended in which remote entries are still accepted. The peer sent them before it
 * knew, and does not send them again.
 */
const inFlightMs = 5_000

/** Rate limit for remote entries: more would push local entries out of the recorder. */
const remoteEntryLimit = { burst: 600, perSecond: 40 } as const

interface RemoteTraceParts {
  recorder: Recorder
  outbox: { readonly size: number; send(message: PeerMessage): void }
  /** True during a call: a peer outside a call gets no trace. */
  canShare(): boolean
  /** Called when sharing the local trace with the peer begins and ends. */
  onSharingChange?(isSharing: boolean): void
}

/** Exchanges traces with the peer. Each side sends only while the other subscribes. */
export class RemoteTrace {
  readonly #parts: RemoteTraceParts
  /** Local subscribers to the remote trace. */
  #subscribers = 0
  /** When the last subscription ended, as `recorder.now`. */
  #unsubscribedAt = -Infinity
  /** True after the first subscription: later ones do not request entries that were already sent. */
  #hasSubscribed = false
  #isPeerConnected = false
  /** The peer subscribes to the local trace. */
  #isPeerSubscribed = false
  /** The number of local entries that were sent or belong to an earlier peer. */
  #sentCount = 0
  /** The number of entries when the previous peer left for good. */
  #countBeforePeer = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Clock offset to the peer: the minimum of (receive time − send timestamp), as in NTP. */
  #clockOffsetMs = Infinity
  /** Time of the newest remote entry on the local clock. A better offset must not put later entries before it. */
  #latestRemoteAt = 0
  readonly #remoteEntryBudget = new TokenBucket(remoteEntryLimit)
  #isSharing = false
  /** The state of the room after the last entry of the server. */
  #roomState = ''
  readonly #stop: () => void

  constructor(parts: RemoteTraceParts) {
    this.#parts = parts
    this.#stop = parts.recorder.subscribe(({ place }) => {
      if (place !== 'here') return
      this.#updateSharing()
      this.#scheduleBatch()
    })
  }

  /** Subscribes to the remote trace. May be called several times. Returns its stop function. */
  subscribe(): () => void {
    this.#subscribers += 1
    if (this.#subscribers === 1) this.#sendSubscribe()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#subscribers -= 1
      if (this.#subscribers > 0) return
      this.#unsubscribedAt = this.#parts.recorder.now
      this.#sendSubscribe()
    }
  }

  /**
   * The peer is connected, perhaps again. Its page may have lost the subscription, so it is repeated.
   * @param isReloaded the peer's page is new and has a new clock
   */
  peerConnected(isReloaded = false): void {
    this.#isPeerConnected = true
    if (isReloaded) this.#clockOffsetMs = Infinity
    if (this.#subscribers > 0) this.#sendSubscribe()
  }

  /** The peer's page is gone, and so is its subscription. */
  peerDisconnected(isPermanent: boolean): void {
    this.#isPeerConnected = false
    this.#isPeerSubscribed = false
    this.#updateSharing()
    if (!isPermanent) return
    this.#hasSubscribed = false
    // The next peer gets no entries from the time with this one.
    this.#countBeforePeer = this.#sentCount = this.#parts.recorder.entriesAfter(0).count
    this.#clockOffsetMs = Infinity
  }

  /** Handles the peer's subscribe or unsubscribe message. */
  onSubscribe({ enabled, fromStart }: Message<'trace.subscribe'>): void {
    this.#isPeerSubscribed = enabled
    if (fromStart) this.#sentCount = this.#countBeforePeer
    this.#updateSharing()
    this.#scheduleBatch()
  }

  /** Adds an entry of the server with the current time. */
  addServerEntry(entry: TraceEntry): void {
    const { recorder } = this.#parts
    this.#roomState = entry.state
    recorder.add({ ...entry, place: 'server', atMs: recorder.now })
  }

  /** Adds the server's entry for a message that it relayed. @param seat of the sender */
  addRelayedMessage(message: PeerMessage, seat: SeatName): void {
    const entry = createRelayEntry(message, seat, this.#roomState)
    if (entry) this.addServerEntry(entry)
  }

  /**
   * Adds entries of the peer, on the local clock. Ignores them without a local subscriber, except those still in flight,
   * and above the rate limit. An entry cannot be newer than its message, whatever time the peer claims: a time above 2^53
   * would make the saved trace invalid.
   */
  addRemoteEntries({ sentAtMs, entries }: Message<'trace.entries'>): void {
    const { recorder } = this.#parts
    const isExpected = this.#subscribers > 0 || recorder.now - this.#unsubscribedAt < inFlightMs
    if (!isExpected || !this.#remoteEntryBudget.take(entries.length)) return
    this.#clockOffsetMs = Math.min(this.#clockOffsetMs, recorder.now - sentAtMs)
    for (const entry of entries) {
      const atMs = Math.min(recorder.now, entry.atMs + this.#clockOffsetMs)
      this.#latestRemoteAt = Math.max(this.#latestRemoteAt, atMs)
      recorder.add({ ...entry, place: 'there', atMs: this.#latestRemoteAt })
    }
  }

  /** Stops sending. */
  dispose(): void {
    this.#stop()
    clearTimeout(this.#timer)
  }

  #sendSubscribe(): void {
    if (!this.#isPeerConnected) return
    const enabled = this.#subscribers > 0
    this.#parts.outbox.send({ type: 'trace.subscribe', enabled, fromStart: enabled && !this.#hasSubscribed })
    this.#hasSubscribed ||= enabled
  }

  get #canShare(): boolean {
    return this.#isPeerSubscribed && this.#parts.canShare()
  }

  #updateSharing(): void {
    if (this.#canShare === this.#isSharing) return
    this.#isSharing = !this.#isSharing
    this.#parts.onSharingChange?.(this.#isSharing)
  }

  #scheduleBatch(): void {
    if (this.#canShare) this.#timer ??= setTimeout(() => this.#sendBatch(), batchIntervalMs)
  }

  /**
   * Sends one batch, but none while the outbox has unacknowledged messages. A batch therefore never delays an offer,
   * and the rate stays below the server's limit (10 messages/s). Entries that the recorder drops meanwhile are not
   * sent.
   */
  #sendBatch(): void {
    this.#timer = undefined
    const { recorder, outbox } = this.#parts
    if (!this.#canShare) return
    if (outbox.size > 0) return this.#scheduleBatch()
    const { entries, count } = recorder.entriesAfter(this.#sentCount)
    const batch = takeBatch(entries)
    this.#sentCount = count - entries.length + batch.readCount
    if (batch.entries.length > 0) outbox.send({ type: 'trace.entries', sentAtMs: recorder.now, entries: batch.entries })
    if (this.#sentCount < count) this.#scheduleBatch()
  }
}

/** Returns as many local entries as one message holds, and the number of entries read for that. */
function takeBatch(all: readonly TraceEntry[]): { entries: TraceEntry[]; readCount: number } {
  const entries: TraceEntry[] = []
  let readCount = 0
  for (const entry of all) {
    if (entries.length === limits.traceEntriesPerMessage) break
    if (entry.place === 'here') entries.push(entry)
    readCount += 1
  }
  return { entries, readCount }
}
