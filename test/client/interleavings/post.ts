import type fc from 'fast-check'
import type { Send } from '../../../client/signaling/outbox.ts'
import type { Code, PeerMessage } from '../../../machines/protocol/messages.ts'

/** A message that can be told from others. What is `bad` no server takes. */
export interface Letter { label: number; isBad: boolean }

export class Refused extends Error {
  readonly code: Code

  constructor(code: Code) {
    super(code)
    this.code = code
  }
}

export const codeOf = (error: unknown): Code | null => (error instanceof Refused ? error.code : null)

export const messageOf = ({ label, isBad }: Letter): PeerMessage =>
  ({ type: 'candidate', connection: 'a1.1', candidate: { candidate: '', sdpMid: String(label), sdpMLineIndex: isBad ? 1 : 0, usernameFragment: null } })

function letterOf(message: PeerMessage): Letter {
  if (message.type !== 'candidate') throw new Error('the tests say candidates only')
  return { label: Number(message.candidate.sdpMid), isBad: message.candidate.sdpMLineIndex === 1 }
}

interface PostRules {
  scheduler: fc.Scheduler
  /** Letters arrive as they were sent, as on a WebSocket; else in any order, as where a server works on several at once. */
  isOrderly: boolean
}

/** A server that takes number n only after n − 1, at the end of lines on which letters and answers take their time. */
export class Post {
  readonly heard: number[] = []
  /** For the next letter that arrives. */
  refusal: Code | null = null
  /** What no sender should have sent. */
  readonly complaints: string[] = []
  readonly rules: PostRules
  #line: PostLine | null = null

  constructor(rules: PostRules) {
    this.rules = rules
  }

  get isOpen(): boolean {
    return this.#line?.isAlive === true
  }

  open(): Send {
    const line = this.#line = new PostLine(this)
    return line.send
  }

  lose(): void {
    this.#line?.lose()
  }

  /** How many it has, or why not. Whoever comes over an older line has lost the seat to the newer. */
  take(line: PostLine, n: number, { label, isBad }: Letter): number | Code {
    if (line !== this.#line) return 'seat-lost'
    if (isBad) return 'too-large'
    const { refusal, heard } = this
    this.refusal = null
    if (refusal) return refusal
    if (n > heard.length + 1) return 'out-of-order'
    if (n === heard.length + 1) heard.push(label)
    return heard.length
  }
}

class PostLine {
  isAlive = true
  readonly #post: Post
  readonly #waiting: (() => void)[] = []
  readonly #losses: (() => void)[] = []
  /** Reasons to send again, in all and when a number last went out. */
  #reasons = 0
  readonly #sentAt = new Map<number, number>()
  /** Letters sent, and the first of them since the sender last began again: what is refused of older ones is no news. */
  #sent = 0
  #since = 0
  #begunFor = 0

  constructor(post: Post) {
    this.#post = post
  }

  readonly send: Send = (n, message) => new Promise((resolve, reject) => {
    this.#expectReason(n)
    const letter = ++this.#sent
    this.#losses.push(() => reject(new Error('the line is closed')))
    this.#waiting.push(() => this.#arrive(n, letterOf(message), resolve, (code) => {
      if (letter >= this.#since) this.#reasons += 1
      reject(new Refused(code))
    }))
    const { scheduler } = this.#post.rules
    const mine = this.#waiting.at(-1)
    void scheduler.schedule(Promise.resolve(), `${n} arrives`).then(() => this.#next(mine)?.())
  })

  lose(): void {
    this.isAlive = false
    for (const tell of this.#losses.splice(0)) tell()
  }

  #next(mine: (() => void) | undefined): (() => void) | undefined {
    return this.#post.rules.isOrderly ? this.#waiting.shift() : mine
  }

  #arrive(n: number, letter: Letter, resolve: (said: number) => void, refuse: (code: Code) => void): void {
    const answer = this.#post.take(this, n, letter)
    void this.#post.rules.scheduler.schedule(Promise.resolve(), `${n} answered ${answer}`).then(() => {
      if (!this.isAlive) return
      if (typeof answer === 'number') resolve(answer)
      else refuse(answer)
    })
  }

  /** The same number twice on one line is worth its bytes only where something was refused in between. */
  #expectReason(n: number): void {
    const { complaints } = this.#post
    if (!this.isAlive) complaints.push(`${n} was said to a closed line`)
    if (this.#sentAt.get(n) === this.#reasons) complaints.push(`${n} was said twice without a reason`)
    if (this.#sentAt.has(n) && this.#begunFor < this.#reasons) [this.#since, this.#begunFor] = [this.#sent + 1, this.#reasons]
    this.#sentAt.set(n, this.#reasons)
  }
}
