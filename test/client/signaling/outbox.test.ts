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

/** Messages with distinct labels. */
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
  answer(acked: number): void
  refuse(error: unknown): void
}

/** A server that accepts number n only after n − 1, on a connection that delays and reorders messages. */
class Server {
  readonly received: PeerMessage[] = []
  /** Messages in transit, and responses in transit. */
  letters: Letter[] = []
  answers: (() => void)[] = []
  refusal: ErrorCode | null = null

  readonly send = (n: number, message: PeerMessage): Promise<number> =>
    new Promise((answer, refuse) => this.letters.push({ n, message, answer, refuse }))

  /** Delivers one message; its response is in transit. */
  take(index: number): void {
    const [letter] = this.letters.splice(index % this.letters.length, 1)
    if (!letter) return
    const { n, answer, refuse } = letter
    const [code, expected] = [this.refusal ?? this.#codeFor(n), this.received.length + 1]
    this.refusal = null
    if (!code && n === expected) this.received.push(letter.message)
    const now = this.received.length
    this.answers.push(() => (code ? refuse(new Refused(code)) : answer(now)))
  }

  #codeFor(n: number): ErrorCode | null {
    return n > this.received.length + 1 ? 'out-of-order' : null
  }

  /**
   * The socket dies. Some messages in transit still arrive. The only response that comes back is the error of the
   * closed socket.
   */
  lose(arriving: number): void {
    for (let count = 0; count < arriving && this.letters.length > 0; count++) this.take(0)
    for (const { refuse } of this.letters) refuse(new Error('closed'))
    this.letters = []
    this.answers = []
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())
/** Lets promises settle and retry delays pass. */
const settle = () => vi.advanceTimersByTimeAsync(1_000)

type Step =
  | { do: 'send' }
  | { do: 'arrive' | 'answer'; which: number }
  | { do: 'lose'; arriving: number }
  | { do: 'return' }
  | { do: 'refuse'; code: ErrorCode }
  | { do: 'wait' }
const which = fc.nat(20)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'send' }) },
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

describe('messages lost, repeated or late', () => {
  test('the server receives each message once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const [server, outbox] = [
          new Server(),
          new Outbox(codeOf, () => {
            throw new Error('no message may be lost')
          }),
        ]
        const sent: PeerMessage[] = []
        let isOpen = false
        const reopen = (): void => outbox.open({ acked: server.received.length, resumed: true }, server.send)
        for (const each of steps) {
          if (each.do === 'send') outbox.send(sent[sent.push(message(sent.length + 1)) - 1] as PeerMessage)
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
          expect(names(server.received)).toEqual(names(sent).slice(0, server.received.length))
        }
        if (!isOpen) reopen()
        server.refusal = null
        for (let round = 0; outbox.size > 0 && round < 1_000; round++) {
          if (server.letters.length > 0) server.take(0)
          server.answers.shift()?.()
          await settle()
        }
        expect(names(server.received)).toEqual(names(sent))
      }),
      { numRuns: 500 },
    )
  })
})

function open(acked = 0, resumed = false) {
  const [server, lost] = [new Server(), vi.fn()]
  const outbox = new Outbox(codeOf, lost)
  outbox.open({ acked, resumed }, server.send)
  return { server, outbox, lost }
}

describe('outbox', () => {
  test('messages are sent without waiting for a response', () => {
    const { server, outbox } = open()
    for (const n of [1, 2, 3]) outbox.send(message(n))
    expect(server.letters.map(({ n }) => n)).toEqual([1, 2, 3])
  })

  test('a reloaded page continues after the acknowledged number', () => {
    const { server, outbox } = open(7, true)
    outbox.send(message(1))
    expect(server.letters.map(({ n }) => n)).toEqual([8])
  })

  test('acknowledged messages that the server lost are sent again, before the others', async () => {
    const { server, outbox } = open()
    const acknowledged: PeerMessage[] = []
    outbox.onAcknowledged = (each) => acknowledged.push(each)
    for (const n of [1, 2, 3]) outbox.send(message(n))
    for (let count = 0; count < 3; count++) server.take(0)
    for (const answer of server.answers.splice(0)) answer()
    await vi.advanceTimersByTimeAsync(0)
    outbox.close()
    outbox.send(message(4))
    server.letters = []
    outbox.open({ acked: 1, resumed: true }, server.send)
    expect(server.letters.map(({ n, message: each }) => [n, ...names([each])])).toEqual([
      [2, '2'],
      [3, '3'],
      [4, '4'],
    ])
    for (const { n, answer } of server.letters) answer(n)
    await vi.advanceTimersByTimeAsync(0)
    expect(names(acknowledged)).toEqual(['1', '2', '3', '4'])
  })

  test('messages that the server lost after five seconds are reported as lost', async () => {
    const { server, outbox, lost } = open()
    outbox.send(message(1))
    server.take(0)
    for (const answer of server.answers.splice(0)) answer()
    await vi.advanceTimersByTimeAsync(6_000)
    outbox.send(message(2))
    server.take(0)
    for (const answer of server.answers.splice(0)) answer()
    await vi.advanceTimersByTimeAsync(0)
    outbox.close()
    server.letters = []
    outbox.open({ acked: 0, resumed: true }, server.send)
    expect(server.letters.map(({ n, message: each }) => [n, ...names([each])])).toEqual([[1, '2']])
    expect(lost).not.toHaveBeenCalled()
    server.letters[0]?.answer(1)
    await vi.advanceTimersByTimeAsync(0)
    expect(lost).toHaveBeenCalledOnce()
  })

  test('messages of an old seat are not sent on a new seat', () => {
    const { server, outbox } = open()
    outbox.send(message(1))
    outbox.close()
    outbox.open({ acked: 0, resumed: false }, server.send)
    outbox.send(message(2))
    expect(server.letters.map(({ n, message: each }) => [n, ...names([each])])).toEqual([
      [1, '1'],
      [1, '2'],
    ])
  })

  test('several out-of-order errors cause one resend', async () => {
    const { server, outbox } = open()
    for (const n of [1, 2, 3]) outbox.send(message(n))
    for (const index of [2, 1]) server.take(index)
    for (const answer of server.answers.splice(0)) answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.letters.map(({ n }) => n)).toEqual([1, 1, 2, 3])
  })

  test('a throttled outbox waits before it sends again', async () => {
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
    'a message rejected as %s is dropped and reported, and the rest is sent',
    async (code) => {
      const { server, outbox, lost } = open()
      for (const n of [1, 2, 3]) outbox.send(message(n))
      server.refusal = code
      while (outbox.size > 0) {
        if (server.letters.length > 0) server.take(0)
        server.answers.shift()?.()
        await settle()
      }
      expect(names(server.received)).toEqual(['2', '3'])
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
  ])('a rejected $type is dropped without a renegotiation', async (refused) => {
    const { server, outbox, lost } = open()
    outbox.send(refused)
    server.refusal = 'invalid-input'
    server.take(0)
    server.answers.shift()?.()
    await settle()
    expect([outbox.size, lost.mock.calls.length]).toEqual([0, 0])
  })

  test('a full outbox drops messages and reports the loss after the rest is sent', async () => {
    const { server, outbox, lost } = open()
    outbox.close()
    for (let n = 1; n <= limits.mailboxMessages + 5; n++) outbox.send(message(n))
    expect(outbox.size).toBe(limits.mailboxMessages)
    outbox.open({ acked: 0, resumed: true }, server.send)
    while (server.letters.length > 0) server.take(0)
    expect(lost).not.toHaveBeenCalled()
    for (const answer of server.answers) answer()
    await settle()
    expect(server.received).toHaveLength(limits.mailboxMessages)
    expect(lost).toHaveBeenCalledOnce()
  })

  test('whenEmpty resolves when all messages are acknowledged', async () => {
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
