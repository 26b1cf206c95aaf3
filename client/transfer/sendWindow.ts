import { contentLimits } from '../../machines/protocol/contentLimits.ts'

/** Queuing delay that a transfer may add, in ms. LEDBAT allows up to 100 (RFC 6817 §2.5); audio buffers hold 50. */
const targetMs = 50
/** Age in ms from which the shortest round trip is measured again, because the path may have changed. */
const baseLifetimeMs = 30_000
/**
 * Samples of which the shortest counts, before the window shrinks and after it drained (CURRENT_FILTER of RFC 6817
 * §2.4.2). A busy browser answers single chunks late, without a queue on the path.
 */
const filterLength = 8
/** On a slow path a drain ends after this time in ms, with fewer samples. */
const maxDrainMs = 2_000
/** One chunk in flight makes no queue. So the first round trip, and each renewed one, is that of the path. */
const minBytes = contentLimits.fileChunkBytes

/**
 * The bytes that a sender may have in flight. The window follows LEDBAT (RFC 6817 §2.4.2): it grows while the round trip
 * stays near its minimum, and shrinks when queues build up. So a transfer yields to media and to control messages, which
 * share its path. Every 30 s the queue drains for a new minimum; without that, the minimum would grow with our own queue.
 */
export class SendWindow {
  #bytes: number = minBytes
  #isSlowStart = true
  /** The shortest round trip in ms, and when it was measured. */
  #base: { ms: number; at: number } | null = null
  /** The last round trips in ms. */
  #recentMs: number[] = []
  #shrunkAt = Number.NEGATIVE_INFINITY
  /** The window drains since this time, to continue with this size. */
  #drain: { since: number; bytes: number } | null = null

  /** The size of the window in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Adapts the window to an acknowledgement.
   * @param acked newly acknowledged bytes
   * @param roundTripMs from the chunk that asked for the acknowledgement
   * @param now a monotonic clock in ms
   */
  onAck(acked: number, roundTripMs: number, now: number): void {
    if (this.#drain) this.#endDrain(roundTripMs, now)
    else if (this.#base && now - this.#base.at > baseLifetimeMs) this.#startDrain(now)
    else this.#adapt(acked, roundTripMs, now)
  }

  #startDrain(now: number): void {
    this.#drain = { since: now, bytes: this.#bytes }
    this.#bytes = minBytes
    this.#recentMs = []
  }

  /** The chunks that were sent after the start found no queue of ours. */
  #endDrain(roundTripMs: number, now: number): void {
    if (!this.#drain || now - roundTripMs < this.#drain.since) return
    this.#recentMs.push(roundTripMs)
    if (this.#recentMs.length < filterLength && now - this.#drain.since < maxDrainMs) return
    this.#base = { ms: Math.min(...this.#recentMs), at: now }
    this.#set(this.#drain.bytes)
    this.#drain = null
  }

  #adapt(acked: number, roundTripMs: number, now: number): void {
    if (!this.#base || roundTripMs < this.#base.ms) this.#base = { ms: roundTripMs, at: this.#base?.at ?? now }
    this.#recentMs = [...this.#recentMs.slice(1 - filterLength), roundTripMs]
    const offTarget = this.#offTarget(roundTripMs, this.#base.ms)
    if (offTarget < 0) {
      this.#isSlowStart = false
      const filteredOffTarget = this.#offTarget(Math.min(...this.#recentMs), this.#base.ms)
      // At most once a round trip, because each acknowledgement of one queue reports the same delay.
      if (filteredOffTarget >= 0 || now - this.#shrunkAt < roundTripMs) return
      this.#shrunkAt = now
      this.#set(this.#bytes * Math.max(0.5, 1 + filteredOffTarget / 4))
    } else if (this.#isSlowStart && offTarget > 0.5) this.#set(this.#bytes + acked)
    else this.#set(this.#bytes + (offTarget * acked * contentLimits.fileChunkBytes) / this.#bytes)
  }

  /** 1 without a queue, 0 at the target, negative above it. */
  #offTarget(roundTripMs: number, baseMs: number): number {
    return (targetMs - (roundTripMs - baseMs)) / targetMs
  }

  #set(bytes: number): void {
    this.#bytes = Math.min(contentLimits.fileWindowBytes, Math.max(minBytes, bytes))
  }
}
