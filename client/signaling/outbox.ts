import { limits } from '../../machines/protocol/limits.ts'
import type { Code, PeerMessage } from '../../machines/protocol/messages.ts'

/** Takes the n-th message to the server; resolves with how many it has, rejects with whatever `codeOf` can read. */
export type Send = (n: number, message: PeerMessage) => Promise<number>

/** Waits before what the server could not take goes out again, in milliseconds. */
export const breath = 500

/** The server could not take it now; later it may. */
export const isPassing = (code: Code | null): boolean => code === 'throttled' || code === 'unavailable' || code === 'internal'

/**
 * What is said, numbered and kept until the server has it. All of it goes out at once, without waiting for one another:
 * candidates follow their offer. The server takes number n only after n − 1, so what comes late or twice does no harm.
 */
export class Outbox {
  /** Unacknowledged; the first of them has the number `#first`. */
  #messages: PeerMessage[] = []
  #first = 1
  #send: Send | null = null
  /** Grows with each resending: what an earlier one still reports is old news. */
  #round = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #lost = false
  #settled: (() => void)[] = []
  readonly #codeOf: (error: unknown) => Code | null
  readonly #onLost: () => void

  /** @param onLost something was said that could not be kept: negotiate anew */
  constructor(codeOf: (error: unknown) => Code | null, onLost: () => void) {
    this.#codeOf = codeOf
    this.#onLost = onLost
  }

  get size(): number {
    return this.#messages.length
  }

  say(message: PeerMessage): void {
    if (this.#messages.length >= limits.mailboxMessages) {
      this.#lost = true
      return
    }
    this.#messages.push(message)
    if (this.#send && !this.#timer) this.#post(this.#first + this.#messages.length - 1, message)
  }

  /** There is a seat, and a way to the server. @param resumed false: a seat to which nothing was said for us before */
  open({ said, resumed }: { said: number; resumed: boolean }, send: Send): void {
    this.close()
    if (resumed) this.#acknowledge(said)
    else this.#forget()
    this.#first = said + 1
    this.#send = send
    this.#resend()
  }

  /** The way is gone; what is unacknowledged waits for the next. */
  close(): void {
    this.#send = null
    this.#round += 1
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Resolves when the server has everything. */
  settled(): Promise<void> {
    return this.#messages.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#settled.push(resolve))
  }

  #resend(): void {
    this.#round += 1
    this.#messages.forEach((message, index) => this.#post(this.#first + index, message))
  }

  #post(n: number, message: PeerMessage): void {
    const round = this.#round
    this.#send?.(n, message).then(
      (said) => this.#acknowledge(said),
      (error: unknown) => { if (round === this.#round) this.#recover(n, this.#codeOf(error)) },
    )
  }

  #acknowledge(said: number): void {
    const count = Math.min(this.#messages.length, Math.max(0, said + 1 - this.#first))
    this.#messages.splice(0, count)
    this.#first += count
    if (this.#messages.length === 0) this.#settle()
  }

  #recover(n: number, code: Code | null): void {
    if (code === 'out-of-order') this.#resend()
    else if (isPassing(code)) this.#pause()
    else if (code === 'too-large' || code === 'bad-input') this.#drop(n)
    // Else the seat or the socket is gone; whoever opens the next one opens this.
  }

  #pause(): void {
    this.#round += 1
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#resend()
    }, breath)
  }

  /** The server never will take it: those after it move up. */
  #drop(n: number): void {
    const [message] = this.#messages.splice(n - this.#first, 1)
    // Without what is only to be looked at the call goes on.
    if (message?.type !== 'trace' && message?.type !== 'watch') this.#lost = true
    this.#resend()
    if (this.#messages.length === 0) this.#settle()
  }

  #forget(): void {
    this.#messages = []
    this.#lost = false
    this.#settle()
  }

  #settle(): void {
    for (const resolve of this.#settled.splice(0)) resolve()
    if (!this.#lost) return
    this.#lost = false
    this.#onLost()
  }
}
