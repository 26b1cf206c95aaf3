import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { AbortReason } from '../../machines/verification/verificationEvents.ts'
import { deliverAll, VerifierEnd, createVerifierPair } from '../client/verification/verifierPair.ts'
import { FakeCertificate } from '../client/webrtc/fakeCertificates.ts'
import { createIntroductions, introductions, MitmExchange, type Move, moves } from './mitmExchange.ts'

/**
 * A signaling node rewrites both fingerprints and terminates DTLS of each page. It may do anything with the messages of
 * both, with its own certificates, nonces and attempts. The codes differ or the exchange is aborted.
 */

let cleanups: (() => void)[] = []
afterEach(() => cleanups.splice(0).forEach((stop) => stop()))

function createMitm(...introduction: Parameters<typeof createIntroductions>): MitmExchange {
  const mitm = new MitmExchange(createIntroductions(...introduction))
  cleanups.push(() => mitm.stop())
  return mitm
}

const readOutcomes = ({ ends: { a, b } }: MitmExchange) => ({ a: a.reason ?? a.state, b: b.reason ?? b.state })
const createMove = (
  side: 'a' | 'b',
  does: 'commits' | 'reveals' | 'forwards' | 'reflects' | 'grinds',
  n = 0,
): Move => ({ does, to: side, n })
const exchangeWithA = [createMove('a', 'commits'), createMove('a', 'reveals')]

describe('a man in the middle of the code exchange', () => {
  test('a man in the middle with two complete exchanges gives the pages different codes', async () => {
    const mitm = createMitm()
    await mitm.play([...exchangeWithA, createMove('b', 'commits'), createMove('b', 'reveals')])
    expect(readOutcomes(mitm)).toEqual({ a: 'comparable', b: 'comparable' })
    expect(mitm.ends.a.code).not.toBe(mitm.ends.b.code)
  })

  test('a man in the middle that knows one code and the other page’s input cannot choose the other code', async () => {
    const mitm = createMitm()
    await mitm.play([...exchangeWithA, createMove('b', 'commits'), createMove('b', 'grinds')])
    expect(readOutcomes(mitm)).toEqual({ a: 'comparable', b: 'commitmentMismatch' })
  })

  const lies: [string, Move[], Partial<Record<'a' | 'b', AbortReason>>][] = [
    [
      'forwards both exchanges',
      [
        createMove('a', 'forwards'),
        createMove('b', 'forwards'),
        createMove('a', 'forwards', 1),
        createMove('b', 'forwards', 1),
      ],
      { a: 'commitmentMismatch', b: 'commitmentMismatch' },
    ],
    [
      'reflects the messages of each page',
      [
        createMove('a', 'reflects'),
        createMove('a', 'reflects', 1),
        createMove('b', 'reflects'),
        createMove('b', 'reflects', 1),
      ],
      { a: 'commitmentMismatch', b: 'commitmentMismatch' },
    ],
    ['drops the commitments', [], { a: 'timedOut', b: 'timedOut' }],
    ['drops the nonces', [createMove('a', 'commits'), createMove('b', 'commits')], { a: 'timedOut', b: 'timedOut' }],
    ['repeats a commitment', [createMove('a', 'commits'), createMove('a', 'commits')], { a: 'repeated' }],
    [
      'commits itself twice',
      [createMove('a', 'commits'), createMove('a', 'commits', 1), createMove('a', 'reveals', 1)],
      { a: 'repeated' },
    ],
    ['repeats a nonce', [...exchangeWithA, createMove('a', 'reveals')], { a: 'repeated' }],
    ['sends a nonce early', [createMove('a', 'reveals'), createMove('a', 'commits')], { a: 'early' }],
    [
      'changes its commitment',
      [createMove('a', 'commits'), createMove('a', 'reveals', 1)],
      { a: 'commitmentMismatch' },
    ],
    [
      'truncates a commitment',
      [{ does: 'injects', to: 'a', message: { type: 'commit', commitment: 'A'.repeat(42) } }],
      { a: 'malformed' },
    ],
    [
      'shows another certificate than it committed to',
      [
        { does: 'commits otherwise', to: 'a', n: 0, introduction: createIntroductions().b, shows: 'theirs' },
        createMove('a', 'reveals'),
      ],
      { a: 'commitmentMismatch' },
    ],
  ]

  test.each(lies)('a man in the middle that %s is detected', async (_, sequence, wanted) => {
    const mitm = createMitm()
    await mitm.play(sequence)
    await mitm.timeOut()
    expect(readOutcomes(mitm)).toMatchObject(wanted)
  })

  test.each([{ type: 'verified' }, { type: 'user.confirmed' }, { type: 'code.derived', code: [1, 2, 3, 4, 5, 6, 7] }])(
    'a forged “%o” verifies nothing',
    async (message) => {
      const mitm = createMitm()
      const injects: Move = { does: 'injects', to: 'a', message: message as never }
      await mitm.play([injects, createMove('a', 'commits'), injects, createMove('a', 'reveals'), injects])
      expect(mitm.ends.a.state).toBe('comparable')
    },
  )
})

describe('two honest pages with different introductions', () => {
  const mixes: [string, Parameters<typeof createIntroductions>][] = [
    ['with the same role', [{}, { role: 'impolite' }]],
    ['with different rooms', [{}, { room: 'kitchen' }]],
    ['with different connections', [{}, { connection: 'a3.2' }]],
  ]

  test.each(mixes)('two pages %s both detect the mismatch', async (_, introduction) => {
    const [one, other] = [new FakeCertificate(), new FakeCertificate()]
    const { a, b } = createIntroductions(...introduction)
    const ends: [VerifierEnd, VerifierEnd] = [
      new VerifierEnd({ ...a, own: one, theirs: other }),
      new VerifierEnd({ ...b, own: other, theirs: one }),
    ]
    cleanups.push(...ends.map((end) => () => end.stop()))
    await deliverAll(...ends)
    expect(ends.map(({ reason }) => reason)).toEqual(['commitmentMismatch', 'commitmentMismatch'])
  })

  test('a replayed exchange of an earlier call is detected', async () => {
    const yesterday = createVerifierPair()
    await deliverAll(...yesterday)
    const today = new VerifierEnd({
      role: 'polite',
      connection: 'a3.2',
      own: yesterday[1].own,
      theirs: yesterday[0].own,
    })
    cleanups.push(...[...yesterday, today].map((end) => () => end.stop()))
    for (const message of yesterday[0].sent) (await today.settled()).receive(message)
    expect((await today.settled()).reason).toBe('commitmentMismatch')
  })
})

test('a man in the middle never gives both pages the same code, whatever it sends and introduces', async () => {
  const seen = { aborted: 0, bothHaveCodes: 0 }
  await fc.assert(
    fc.asyncProperty(introductions, fc.boolean(), moves, async (introduction, hasTwoCertificates, sequence) => {
      const mitm = new MitmExchange(introduction, hasTwoCertificates)
      await mitm.play(sequence)
      await mitm.timeOut()
      const { a, b } = mitm.ends
      for (const { state } of [a, b]) expect(['comparable', 'aborted']).toContain(state)
      expect(a.code === null || a.code !== b.code).toBe(true)
      if (a.code && b.code) seen.bothHaveCodes++
      if (a.state === 'aborted' || b.state === 'aborted') seen.aborted++
      mitm.stop()
    }),
    { numRuns: 300 },
  )
  // Both outcomes occur.
  expect(seen.bothHaveCodes).toBeGreaterThan(20)
  expect(seen.aborted).toBeGreaterThan(20)
})
