import { limits } from '../../machines/protocol/limits.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { Message, PeerMessage } from '../../machines/protocol/messages.ts'
import { TokenBucket } from '../common/tokenBucket.ts'
import type { Recorder } from './recorder.ts'

/** Interval of the batches that a subscriber gets, in ms. */
const batchIntervalMs = 250

/** Limit of the remote entries taken: more would push our own out of the recorder. */
const remoteEntryLimit = { burst: 600, perSecond: 40 } as const

interface RemoteTraceParts {
  recorder: Recorder
  outbox: { readonly size: number; send(message: PeerMessage): void }
  /** True while the two are in a call: a stranger in the room gets nothing. */
  canShare(): boolean
  /** Called when sharing our trace with the other side begins, and when it ends. */
  onSharingChange?(isSharing: boolean): void
}

/** Exchanges the traces of the two sides, each while the other one subscribes. */
export class RemoteTrace {
  readonly #parts: RemoteTraceParts
  /** Local subscribers to the remote trace. */
  #subscribers = 0
  /** From the second subscription on, entries that were sent are not sent again. */
  #hasSubscribed = false
  #isPeerConnected = false
  /** The other side subscribes to our trace. */
  #isPeerSubscribed = false
  /** How many of our entries were sent, or belong to an earlier peer. */
  #sentCount = 0
  /** How many entries there were when the previous peer left for good. */
  #countBeforePeer = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Clock offset to the peer: the minimum of (receive time − their timestamp), as in NTP. */
  #clockOffsetMs = Infinity
  /** Time of their newest entry on our clock: a better offset must not put later entries before it. */
  #latestRemoteAt = 0
  readonly #remoteEntryBudget = new TokenBucket(remoteEntryLimit)
  #isSharing = false
  readonly #stop: () => void

  constructor(parts: RemoteTraceParts) {
    this.#parts = parts
    this.#stop = parts.recorder.subscribe(({ place }) => {
      if (place !== 'here') return
      this.#updateSharing()
      this.#scheduleBatch()
    })
  }

  /** Subscribes to the remote trace. Returns its stop function. */
  subscribe(): () => void {
    this.#subscribers += 1
    if (this.#subscribers === 1) this.#sendSubscribe()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#subscribers -= 1
      if (this.#subscribers === 0) this.#sendSubscribe()
    }
  }

  /** The other side is there, perhaps again: what was asked of it may have been lost with its page. @param isReloaded that is another one, with a clock of its own */
  peerConnected(isReloaded = false): void {
    this.#isPeerConnected = true
    if (isReloaded) this.#clockOffsetMs = Infinity
    if (this.#subscribers > 0) this.#sendSubscribe()
  }

  /** The other side's page is gone, and with it its subscription. */
  peerDisconnected(isPermanent: boolean): void {
    this.#isPeerConnected = false
    this.#isPeerSubscribed = false
    this.#updateSharing()
    if (!isPermanent) return
    this.#hasSubscribed = false
    // The next peer gets no entries of the time with this one.
    this.#countBeforePeer = this.#sentCount = this.#parts.recorder.entriesAfter(0).count
    this.#clockOffsetMs = Infinity
  }

  /** The other side subscribes or unsubscribes. */
  onSubscribe({ enabled, fromStart }: Message<'trace.subscribe'>): void {
    this.#isPeerSubscribed = enabled
    if (fromStart) this.#sentCount = this.#countBeforePeer
    this.#updateSharing()
    this.#scheduleBatch()
  }

  /** Adds an entry of the server, at the current time. */
  addServerEntry(entry: TraceEntry): void {
    const { recorder } = this.#parts
    recorder.add({ ...entry, place: 'server', atMs: recorder.now })
  }

  /** Adds entries of the other side, on our clock. Ignored without a local subscriber. */
  addRemoteEntries({ sentAtMs, entries }: Message<'trace.entries'>): void {
    const { recorder } = this.#parts
    if (this.#subscribers === 0 || !this.#remoteEntryBudget.take(entries.length)) return
    this.#clockOffsetMs = Math.min(this.#clockOffsetMs, recorder.now - sentAtMs)
    for (const entry of entries) {
      this.#latestRemoteAt = Math.max(this.#latestRemoteAt, entry.atMs + this.#clockOffsetMs)
      recorder.add({ ...entry, place: 'there', atMs: this.#latestRemoteAt })
    }
  }

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
   * One batch at a time, and none while anything waits for the server: so it is never in the way of an offer, and stays below
   * what the server takes (10 messages a second). Entries that fall out of the recorder meanwhile are not sent.
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

/** As many of our own entries as one message holds, and how many were read for that. */
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
