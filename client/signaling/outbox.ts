import { limits } from '../../machines/protocol/limits.ts'
import { getMessageTraits } from '../../machines/protocol/messageTraits.ts'
import type { ErrorCode, PeerMessage } from '../../machines/protocol/messages.ts'

/**
 * Sends message number `n` to the server. Resolves with the number of messages that the server has acknowledged.
 * Rejects with an error that `parseErrorCode` can read.
 */
export type Send = (n: number, message: PeerMessage) => Promise<number>

/** Delay before messages are sent again after a transient error, in ms. */
export const retryDelayMs = 500

/**
 * How long a message is kept after its acknowledgement, in ms. A server whose store lost its last writes, at most about
 * two seconds of them, gets it again.
 */
const keptAfterAckMs = 5_000

interface AckedMessage {
  readonly seq: number
  readonly message: PeerMessage
  readonly ackedAtMs: number
}

/** True if the server may accept the message later. */
export const isTransientError = (code: ErrorCode | null): boolean =>
  code === 'throttled' || code === 'unavailable' || code === 'internal'

/**
 * Numbered messages, kept until the server acknowledges them. The outbox sends all of them at once, without waiting:
 * candidates follow their offer. The server accepts number n only after n − 1, so late or repeated messages do no
 * harm.
 */
export class Outbox {
  /** Unacknowledged messages; the first has the number `#firstSeq`. */
  #messages: PeerMessage[] = []
  #firstSeq = 1
  /** Acknowledged messages of the last seconds, oldest first. */
  #acked: AckedMessage[] = []
  /** Messages that were acknowledged before, and are sent again. */
  readonly #resent = new Set<PeerMessage>()
  #transmit: Send | null = null
  /** Grows with each resend; results of an earlier generation are ignored. */
  #generation = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasLostMessage = false
  #emptyWaiters: (() => void)[] = []
  readonly #parseErrorCode: (error: unknown) => ErrorCode | null
  readonly #onLost: () => void
  /** Called with each message that the server has acknowledged, in order. */
  onAcknowledged: (message: PeerMessage) => void = () => undefined

  /** @param onLost called after a message was lost, once the outbox is empty: the caller must renegotiate */
  constructor(parseErrorCode: (error: unknown) => ErrorCode | null, onLost: () => void) {
    this.#parseErrorCode = parseErrorCode
    this.#onLost = onLost
  }

  /** The number of unacknowledged messages. */
  get size(): number {
    return this.#messages.length
  }

  /** Queues a message and sends it if the socket is open. A full outbox drops it and later calls `onLost`. */
  send(message: PeerMessage): void {
    if (this.#messages.length >= limits.mailboxMessages) {
      this.#hasLostMessage = true
      return
    }
    this.#messages.push(message)
    if (this.#transmit && !this.#timer) this.#transmitMessage(this.#firstSeq + this.#messages.length - 1, message)
  }

  /**
   * The seat and the socket exist: resends unacknowledged messages.
   * @param resumed false for a new seat: older messages are discarded
   */
  open({ acked, resumed }: { acked: number; resumed: boolean }, send: Send): void {
    this.close()
    if (resumed) {
      this.#restoreAcked(acked)
      this.#acknowledge(acked)
    } else this.#discard()
    this.#firstSeq = acked + 1
    this.#transmit = send
    this.#resend()
  }

  /** The socket closed: unacknowledged messages wait for the next one. */
  close(): void {
    this.#transmit = null
    this.#generation += 1
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Resolves when the server has acknowledged all messages. */
  whenEmpty(): Promise<void> {
    return this.#messages.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#emptyWaiters.push(resolve))
  }

  #resend(): void {
    this.#generation += 1
    this.#messages.forEach((message, index) => this.#transmitMessage(this.#firstSeq + index, message))
  }

  #transmitMessage(seq: number, message: PeerMessage): void {
    const generation = this.#generation
    this.#transmit?.(seq, message).then(
      (acked) => this.#acknowledge(acked),
      (error: unknown) => {
        if (generation === this.#generation) this.#onSendError(seq, this.#parseErrorCode(error))
      },
    )
  }

  #acknowledge(acked: number): void {
    const count = Math.min(this.#messages.length, Math.max(0, acked + 1 - this.#firstSeq))
    const now = performance.now()
    this.#acked = this.#acked.filter(({ ackedAtMs }) => now - ackedAtMs < keptAfterAckMs)
    for (const message of this.#messages.splice(0, count)) {
      this.#acked.push({ seq: this.#firstSeq++, message, ackedAtMs: now })
      if (!this.#resent.delete(message)) this.onAcknowledged(message)
    }
    if (this.#messages.length === 0) this.#onEmpty()
  }

  /** The server's store lost messages that it had acknowledged. They are sent again, before the others. */
  #restoreAcked(acked: number): void {
    const lostCount = Math.max(0, this.#firstSeq - 1 - acked)
    if (lostCount === 0) return
    const kept = this.#acked.filter(({ seq }) => seq > acked)
    this.#hasLostMessage ||= kept.length < lostCount
    for (const { message } of kept) this.#resent.add(message)
    this.#messages.unshift(...kept.map(({ message }) => message))
    this.#firstSeq = acked + 1
    this.#acked = []
  }

  #onSendError(seq: number, code: ErrorCode | null): void {
    if (code === 'out-of-order') this.#resend()
    else if (isTransientError(code)) this.#scheduleRetry()
    else if (code === 'too-large' || code === 'invalid-input') this.#drop(seq)
    // For any other code the seat or the socket is gone; `open` follows with the next one.
  }

  #scheduleRetry(): void {
    this.#generation += 1
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#resend()
    }, retryDelayMs)
  }

  /** Drops a message that the server will never accept; later messages move up. */
  #drop(seq: number): void {
    const [message] = this.#messages.splice(seq - this.#firstSeq, 1)
    if (message && !getMessageTraits(message).isAboutTraces) this.#hasLostMessage = true
    this.#resend()
    if (this.#messages.length === 0) this.#onEmpty()
  }

  #discard(): void {
    this.#messages = []
    this.#acked = []
    this.#resent.clear()
    this.#hasLostMessage = false
    this.#onEmpty()
  }

  #onEmpty(): void {
    for (const resolve of this.#emptyWaiters.splice(0)) resolve()
    if (!this.#hasLostMessage) return
    this.#hasLostMessage = false
    this.#onLost()
  }
}
