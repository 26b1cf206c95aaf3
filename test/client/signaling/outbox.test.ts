import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Outbox } from '../../../client/signaling/outbox.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import type { ErrorCode, PeerMessage } from '../../../machines/protocol/messages.ts'

class Refused extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}
const codeOf = (error: unknown): ErrorCode | null => (error instanceof Refused ? error.code : null)

/** Messages that can be told apart. */
const message = (n: number): PeerMessage => ({
  type: 'candidate',
  connection: 'a1.1',
  candidate: { candidate: '', sdpMid: String(n), sdpMLineIndex: null, usernameFragment: null },
})
const names = (messages: PeerMessage[]): string[] =>
  messages.map((each) => (each.type === 'candidate' ? (each.candidate.sdpMid ?? '') : each.type))

interface Letter {
  n: number
  message: PeerMessage
  answer(said: number): void
  refuse(error: unknown): void
}

/** A server that takes number n only after n − 1, at the end of a way on which anything may be late. */
class Server {
  readonly heard: PeerMessage[] = []
  /** Sent, not there yet; and answers that are not back yet. */
  letters: Letter[] = []
  answers: (() => void)[] = []
  refusal: ErrorCode | null = null

  readonly send = (n: number, said: PeerMessage): Promise<number> =>
    new Promise((answer, refuse) => this.letters.push({ n, message: said, answer, refuse }))

  /** One of the letters arrives; its answer is on the way. */
  take(index: number): void {
    const [letter] = this.letters.splice(index % this.letters.length, 1)
    if (!letter) return
    const { n, answer, refuse } = letter
    const [code, said] = [this.refusal ?? this.#codeFor(n), this.heard.length + 1]
    this.refusal = null
    if (!code && n === said) this.heard.push(letter.message)
    const now = this.heard.length
    this.answers.push(() => (code ? refuse(new Refused(code)) : answer(now)))
  }

  #codeFor(n: number): ErrorCode | null {
    return n > this.heard.length + 1 ? 'out-of-order' : null
  }

  /** The socket dies: some of what is on the way still arrives, no answer comes back but one that says so. */
  lose(arriving: number): void {
    for (let count = 0; count < arriving && this.letters.length > 0; count++) this.take(0)
    for (const { refuse } of this.letters) refuse(new Error('closed'))
    this.letters = []
    this.answers = []
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())
/** Promises settle, and pauses end. */
const settle = () => vi.advanceTimersByTimeAsync(1_000)

type Step =
  | { do: 'say' }
  | { do: 'arrive' | 'answer'; which: number }
  | { do: 'lose'; arriving: number }
  | { do: 'return' }
  | { do: 'refuse'; code: ErrorCode }
  | { do: 'wait' }
const which = fc.nat(20)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'say' }) },
  { weight: 6, arbitrary: which.map((each): Step => ({ do: 'arrive', which: each })) },
  { weight: 4, arbitrary: which.map((each): Step => ({ do: 'answer', which: each })) },
  { weight: 1, arbitrary: fc.nat(5).map((arriving): Step => ({ do: 'lose', arriving })) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'return' }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<ErrorCode>('throttled', 'unavailable', 'internal')
      .map((code): Step => ({ do: 'refuse', code })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'wait' }) },
)

describe('whatever is lost, repeated or late', () => {
  test('the server hears each once, and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const [server, outbox] = [
          new Server(),
          new Outbox(codeOf, () => {
            throw new Error('nothing was to be lost')
          }),
        ]
        const said: PeerMessage[] = []
        let isOpen = false
        const reopen = (): void => outbox.open({ acked: server.heard.length, resumed: true }, server.send)
        for (const each of steps) {
          if (each.do === 'say') outbox.send(said[said.push(message(said.length + 1)) - 1] as PeerMessage)
          else if (each.do === 'arrive') server.take(each.which)
          else if (each.do === 'answer')
            server.answers.splice(each.which % Math.max(1, server.answers.length), 1)[0]?.()
          else if (each.do === 'refuse') server.refusal = each.code
          else if (each.do === 'wait') await settle()
          else if (each.do === 'return' && !isOpen) [isOpen] = [true, reopen()]
          else if (each.do === 'lose' && isOpen) {
            isOpen = false
            outbox.close()
            server.lose(each.arriving)
          }
          await vi.advanceTimersByTimeAsync(0)
          expect(names(server.heard)).toEqual(names(said).slice(0, server.heard.length))
        }
        if (!isOpen) reopen()
        server.refusal = null
        for (let round = 0; outbox.size > 0 && round < 1_000; round++) {
          if (server.letters.length > 0) server.take(0)
          server.answers.shift()?.()
          await settle()
        }
        expect(names(server.heard)).toEqual(names(said))
      }),
      { numRuns: 500 },
    )
  })
})

function open(said = 0, resumed = false) {
  const [server, lost] = [new Server(), vi.fn()]
  const outbox = new Outbox(codeOf, lost)
  outbox.open({ acked: said, resumed }, server.send)
  return { server, outbox, lost }
}

describe('an outbox', () => {
  test('does not wait for an answer before it sends the next', () => {
    const { server, outbox } = open()
    for (const n of [1, 2, 3]) outbox.send(message(n))
    expect(server.letters.map(({ n }) => n)).toEqual([1, 2, 3])
  })

  test('goes on where the server stopped hearing, for a page that was loaded anew', () => {
    const { server, outbox } = open(7, true)
    outbox.send(message(1))
    expect(server.letters.map(({ n }) => n)).toEqual([8])
  })

  test('says nothing of an old seat in a new one', () => {
    const { server, outbox } = open()
    outbox.send(message(1))
    outbox.close()
    outbox.open({ acked: 0, resumed: false }, server.send)
    outbox.send(message(2))
    expect(server.letters.map(({ n, message: said }) => [n, ...names([said])])).toEqual([
      [1, '1'],
      [1, '2'],
    ])
  })

  test('sends again, once, when a whole row arrived too early', async () => {
    const { server, outbox } = open()
    for (const n of [1, 2, 3]) outbox.send(message(n))
    for (const index of [2, 1]) server.take(index)
    for (const answer of server.answers.splice(0)) answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.letters.map(({ n }) => n)).toEqual([1, 1, 2, 3])
  })

  test('takes a breath where the server asks for it', async () => {
    const { server, outbox } = open()
    outbox.send(message(1))
    server.refusal = 'throttled'
    server.take(0)
    server.answers.shift()?.()
    await vi.advanceTimersByTimeAsync(100)
    outbox.send(message(2))
    expect(server.letters).toEqual([])
    await settle()
    expect(server.letters.map(({ n }) => n)).toEqual([1, 2])
  })

  test.each(['too-large', 'invalid-input'] as const)(
    'drops what is %s, so that the rest gets through, and says that it did',
    async (code) => {
      const { server, outbox, lost } = open()
      for (const n of [1, 2, 3]) outbox.send(message(n))
      server.refusal = code
      while (outbox.size > 0) {
        if (server.letters.length > 0) server.take(0)
        server.answers.shift()?.()
        await settle()
      }
      expect(names(server.heard)).toEqual(['2', '3'])
      expect(lost).toHaveBeenCalledOnce()
    },
  )

  test.each<PeerMessage>([
    { type: 'trace.subscribe', enabled: true, fromStart: true },
    {
      type: 'trace.entries',
      sentAtMs: 1,
      entries: [
        {
          atMs: 1,
          place: 'here',
          machine: 'call',
          event: 'transport.connected',
          fields: {},
          state: 'connected.flowing',
        },
      ],
    },
  ])('drops a $type that is refused, and nobody has to negotiate for that', async (refused) => {
    const { server, outbox, lost } = open()
    outbox.send(refused)
    server.refusal = 'invalid-input'
    server.take(0)
    server.answers.shift()?.()
    await settle()
    expect([outbox.size, lost.mock.calls.length]).toEqual([0, 0])
  })

  test('keeps so many and no more, and says that something was lost once the rest is said', async () => {
    const { server, outbox, lost } = open()
    outbox.close()
    for (let n = 1; n <= limits.mailboxMessages + 5; n++) outbox.send(message(n))
    expect(outbox.size).toBe(limits.mailboxMessages)
    outbox.open({ acked: 0, resumed: true }, server.send)
    while (server.letters.length > 0) server.take(0)
    expect(lost).not.toHaveBeenCalled()
    for (const answer of server.answers) answer()
    await settle()
    expect(server.heard).toHaveLength(limits.mailboxMessages)
    expect(lost).toHaveBeenCalledOnce()
  })

  test('tells when all is said', async () => {
    const { server, outbox } = open()
    await outbox.whenEmpty()
    outbox.send(message(1))
    const settled = vi.fn()
    void outbox.whenEmpty().then(settled)
    server.take(0)
    await settle()
    expect(settled).not.toHaveBeenCalled()
    server.answers.shift()?.()
    await settle()
    expect(settled).toHaveBeenCalledOnce()
  })
})
