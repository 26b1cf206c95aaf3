import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { AbortReason } from '../../machines/verification/verificationEvents.ts'
import { deliverAll, FakeCertificate, VerifierEnd, createVerifierPair } from '../client/verification/verifierPair.ts'
import { createIntroductions, introductions, MitmExchange, type Move, moves } from './mitmExchange.ts'

/**
 * A signalling node rewrites the fingerprints of both, so that DTLS of each ends at it. Whatever it then does with the messages
 * of the two, the pictures differ or the exchange is aborted. Its certificates and nonces are its own, and so are its tries.
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

describe('one in between', () => {
  test('who plays both exchanges to their end shows each of the two another code', async () => {
    const mitm = createMitm()
    await mitm.play([...exchangeWithA, createMove('b', 'commits'), createMove('b', 'reveals')])
    expect(readOutcomes(mitm)).toEqual({ a: 'comparable', b: 'comparable' })
    expect(mitm.ends.a.code).not.toBe(mitm.ends.b.code)
  })

  test('who knows the code of one, and all that the other put in, cannot choose what it gets there', async () => {
    const mitm = createMitm()
    await mitm.play([...exchangeWithA, createMove('b', 'commits'), createMove('b', 'grinds')])
    expect(readOutcomes(mitm)).toEqual({ a: 'comparable', b: 'commitmentMismatch' })
  })

  const lies: [string, Move[], Partial<Record<'a' | 'b', AbortReason>>][] = [
    [
      'hands on what both say',
      [
        createMove('a', 'forwards'),
        createMove('b', 'forwards'),
        createMove('a', 'forwards', 1),
        createMove('b', 'forwards', 1),
      ],
      { a: 'commitmentMismatch', b: 'commitmentMismatch' },
    ],
    [
      'lets each hear itself',
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
    ['brings a nonce forward', [createMove('a', 'reveals'), createMove('a', 'commits')], { a: 'early' }],
    ['changes its mind', [createMove('a', 'commits'), createMove('a', 'reveals', 1)], { a: 'commitmentMismatch' }],
    [
      'cuts a commitment short',
      [{ does: 'injects', to: 'a', message: { type: 'commit', commitment: 'A'.repeat(42) } }],
      { a: 'malformed' },
    ],
    [
      'shows another certificate than it is bound to',
      [
        { does: 'commits otherwise', to: 'a', n: 0, introduction: createIntroductions().b, shows: 'theirs' },
        createMove('a', 'reveals'),
      ],
      { a: 'commitmentMismatch' },
    ],
  ]

  test.each(lies)('who %s is noticed', async (_, sequence, wanted) => {
    const mitm = createMitm()
    await mitm.play(sequence)
    await mitm.timeOut()
    expect(readOutcomes(mitm)).toMatchObject(wanted)
  })

  test.each([{ type: 'verified' }, { type: 'user.confirmed' }, { type: 'code.derived', code: [1, 2, 3, 4, 5, 6, 7] }])(
    'who says “%o” verifies nothing',
    async (message) => {
      const mitm = createMitm()
      const injects: Move = { does: 'injects', to: 'a', message: message as never }
      await mitm.play([injects, createMove('a', 'commits'), injects, createMove('a', 'reveals'), injects])
      expect(mitm.ends.a.state).toBe('comparable')
    },
  )
})

describe('of two who are in nobody’s hands, but were introduction different things,', () => {
  const mixes: [string, Parameters<typeof createIntroductions>][] = [
    ['the roles are the same', [{}, { role: 'impolite' }]],
    ['the rooms differ', [{}, { room: 'kitchen' }]],
    ['the connections differ', [{}, { connection: 'a3.2' }]],
  ]

  test.each(mixes)('%s, and both notice', async (_, introduction) => {
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

  test('one hears an exchange of yesterday, and notices', async () => {
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

test('whatever one in between does, whomever it introduces as what, the two never find the same code', async () => {
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
  // Neither end of the claim is empty.
  expect(seen.bothHaveCodes).toBeGreaterThan(20)
  expect(seen.aborted).toBeGreaterThan(20)
})
