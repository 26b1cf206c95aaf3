import type fc from 'fast-check'
import type { Send } from '../../../client/signaling/outbox.ts'
import type { ErrorCode, PeerMessage } from '../../../machines/protocol/messages.ts'

/** A message with a label that identifies it. The server rejects messages with `isBad`. */
export interface LabeledMessage {
  label: number
  isBad: boolean
}

export class RejectedError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

export const parseErrorCode = (error: unknown): ErrorCode | null => (error instanceof RejectedError ? error.code : null)

export const encodeMessage = ({ label, isBad }: LabeledMessage): PeerMessage => ({
  type: 'candidate',
  connection: 'a1.1',
  candidate: { candidate: '', sdpMid: String(label), sdpMLineIndex: isBad ? 1 : 0, usernameFragment: null },
})

function decodeMessage(message: PeerMessage): LabeledMessage {
  if (message.type !== 'candidate') throw new Error('the tests send candidates only')
  return { label: Number(message.candidate.sdpMid), isBad: message.candidate.sdpMLineIndex === 1 }
}

interface FakeMessageServerOptions {
  scheduler: fc.Scheduler
  /**
   * True: messages arrive in order, as on a WebSocket. False: they arrive in any order, as when a server handles
   * several at once.
   */
  isOrderly: boolean
}

/**
 * A server that accepts number n only after n − 1. The scheduler decides when its connections deliver messages and
 * responses.
 */
export class FakeMessageServer {
  readonly received: number[] = []
  /** Error for the next message that arrives. */
  pendingError: ErrorCode | null = null
  /** Messages that a correct sender never sends. */
  readonly violations: string[] = []
  readonly options: FakeMessageServerOptions
  #connection: FakeMessageConnection | null = null

  constructor(rules: FakeMessageServerOptions) {
    this.options = rules
  }

  get isOpen(): boolean {
    return this.#connection?.isAlive === true
  }

  open(): Send {
    const line = (this.#connection = new FakeMessageConnection(this))
    return line.send
  }

  closeConnection(): void {
    this.#connection?.close()
  }

  /** Returns the number of received messages, or an error code. An older connection has lost its seat to the newer one. */
  accept(line: FakeMessageConnection, n: number, { label, isBad }: LabeledMessage): number | ErrorCode {
    if (line !== this.#connection) return 'seat-lost'
    if (isBad) return 'too-large'
    const { pendingError, received } = this
    this.pendingError = null
    if (pendingError) return pendingError
    if (n > received.length + 1) return 'out-of-order'
    if (n === received.length + 1) received.push(label)
    return received.length
  }
}

class FakeMessageConnection {
  isAlive = true
  readonly #server: FakeMessageServer
  readonly #waiting: (() => void)[] = []
  readonly #rejections: (() => void)[] = []
  /** Reasons to send again, in all and when a number last went out. */
  #resendReasons = 0
  readonly #reasonsWhenSent = new Map<number, number>()
  /** Messages sent, and the first since the sender last restarted. Rejections of older messages do not count. */
  #sentCount = 0
  #firstSinceRestart = 0
  #reasonsAtRestart = 0

  constructor(server: FakeMessageServer) {
    this.#server = server
  }

  readonly send: Send = (n, message) =>
    new Promise((resolve, reject) => {
      this.#expectReason(n)
      const labeled = ++this.#sentCount
      this.#rejections.push(() => reject(new Error('the socket is closed')))
      this.#waiting.push(() =>
        this.#arrive(n, decodeMessage(message), resolve, (code) => {
          if (labeled >= this.#firstSinceRestart) this.#resendReasons += 1
          reject(new RejectedError(code))
        }),
      )
      const { scheduler } = this.#server.options
      const mine = this.#waiting.at(-1)
      void scheduler.schedule(Promise.resolve(), `${n} arrives`).then(() => this.#next(mine)?.())
    })

  close(): void {
    this.isAlive = false
    for (const tell of this.#rejections.splice(0)) tell()
  }

  #next(mine: (() => void) | undefined): (() => void) | undefined {
    return this.#server.options.isOrderly ? this.#waiting.shift() : mine
  }

  #arrive(
    n: number,
    labeled: LabeledMessage,
    resolve: (acked: number) => void,
    refuse: (code: ErrorCode) => void,
  ): void {
    const answer = this.#server.accept(this, n, labeled)
    void this.#server.options.scheduler.schedule(Promise.resolve(), `${n} answered ${answer}`).then(() => {
      if (!this.isAlive) return
      if (typeof answer === 'number') resolve(answer)
      else refuse(answer)
    })
  }

  /** A number may be sent twice on one socket only after a rejection in between. */
  #expectReason(n: number): void {
    const { violations } = this.#server
    if (!this.isAlive) violations.push(`${n} was sent on a closed socket`)
    if (this.#reasonsWhenSent.get(n) === this.#resendReasons) violations.push(`${n} was sent twice without a reason`)
    if (this.#reasonsWhenSent.has(n) && this.#reasonsAtRestart < this.#resendReasons)
      [this.#firstSinceRestart, this.#reasonsAtRestart] = [this.#sentCount + 1, this.#resendReasons]
    this.#reasonsWhenSent.set(n, this.#resendReasons)
  }
}
