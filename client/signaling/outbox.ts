import { limits } from '../../machines/protocol/limits.ts'
import type { ErrorCode, PeerMessage } from '../../machines/protocol/messages.ts'

/** Takes the n-th message to the server; resolves with how many it has, rejects with whatever `codeOf` can read. */
export type Send = (n: number, message: PeerMessage) => Promise<number>

/** Waits before what the server could not take goes out again, in milliseconds. */
export const retryDelayMs = 500

/** The server could not take it now; later it may. */
export const isTransientError = (code: ErrorCode | null): boolean =>
  code === 'throttled' || code === 'unavailable' || code === 'internal'

/**
 * Messages, numbered and kept until the server has them. All of them go out at once, without waiting for one another:
 * candidates follow their offer. The server takes number n only after n − 1, so what comes late or twice does no harm.
 */
export class Outbox {
  /** Unacknowledged; the first of them has the number `#first`. */
  #messages: PeerMessage[] = []
  #firstSeq = 1
  #transmit: Send | null = null
  /** Grows with each resend; results of an earlier generation are ignored. */
  #generation = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasLostMessage = false
  #emptyWaiters: (() => void)[] = []
  readonly #parseErrorCode: (error: unknown) => ErrorCode | null
  readonly #onLost: () => void

  /** @param onLost a message was lost: renegotiate */
  constructor(parseErrorCode: (error: unknown) => ErrorCode | null, onLost: () => void) {
    this.#parseErrorCode = parseErrorCode
    this.#onLost = onLost
  }

  get size(): number {
    return this.#messages.length
  }

  send(message: PeerMessage): void {
    if (this.#messages.length >= limits.mailboxMessages) {
      this.#hasLostMessage = true
      return
    }
    this.#messages.push(message)
    if (this.#transmit && !this.#timer) this.#transmitMessage(this.#firstSeq + this.#messages.length - 1, message)
  }

  /** The seat and the socket are there. @param resumed false: a new seat, older messages are discarded */
  open({ acked, resumed }: { acked: number; resumed: boolean }, send: Send): void {
    this.close()
    if (resumed) this.#acknowledge(acked)
    else this.#discard()
    this.#firstSeq = acked + 1
    this.#transmit = send
    this.#resend()
  }

  /** The socket is gone; unacknowledged messages wait for the next one. */
  close(): void {
    this.#transmit = null
    this.#generation += 1
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Resolves when the server has everything. */
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
    this.#messages.splice(0, count)
    this.#firstSeq += count
    if (this.#messages.length === 0) this.#onEmpty()
  }

  #onSendError(seq: number, code: ErrorCode | null): void {
    if (code === 'out-of-order') this.#resend()
    else if (isTransientError(code)) this.#scheduleRetry()
    else if (code === 'too-large' || code === 'invalid-input') this.#drop(seq)
    // Else the seat or the socket is gone; `open` follows with the next one.
  }

  #scheduleRetry(): void {
    this.#generation += 1
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#resend()
    }, retryDelayMs)
  }

  /** The server never will take it: those after it move up. */
  #drop(seq: number): void {
    const [message] = this.#messages.splice(seq - this.#firstSeq, 1)
    // Without what is only to be looked at the call goes on.
    if (message?.type !== 'trace.entries' && message?.type !== 'trace.subscribe') this.#hasLostMessage = true
    this.#resend()
    if (this.#messages.length === 0) this.#onEmpty()
  }

  #discard(): void {
    this.#messages = []
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
