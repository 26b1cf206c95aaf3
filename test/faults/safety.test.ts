import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { AbortReason } from '../../machines/verification/verificationEvents.ts'
import { carry, Certificate, End, twoEnds } from '../client/verification/ends.ts'
import { introduced, introductions, Middle, type Move, moves } from './middle.ts'

/**
 * A signalling node rewrites the fingerprints of both, so that DTLS of each ends at it. Whatever it then does with the messages
 * of the two, the pictures differ or the exchange is aborted. Its certificates and nonces are its own, and so are its tries.
 */

let stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

function between(...told: Parameters<typeof introduced>): Middle {
  const middle = new Middle(introduced(...told))
  stops.push(() => middle.stop())
  return middle
}

const judged = ({ ends: { a, b } }: Middle) => ({ a: a.reason ?? a.state, b: b.reason ?? b.state })
const to = (side: 'a' | 'b', does: 'commits' | 'reveals' | 'forwards' | 'reflects' | 'grinds', n = 0): Move => ({ does, to: side, n })
const playsA = [to('a', 'commits'), to('a', 'reveals')]

describe('one in between', () => {
  test('who plays both exchanges to their end shows each of the two another code', async () => {
    const middle = between()
    await middle.play([...playsA, to('b', 'commits'), to('b', 'reveals')])
    expect(judged(middle)).toEqual({ a: 'comparable', b: 'comparable' })
    expect(middle.ends.a.code).not.toBe(middle.ends.b.code)
  })

  test('who knows the code of one, and all that the other put in, cannot choose what it gets there', async () => {
    const middle = between()
    await middle.play([...playsA, to('b', 'commits'), to('b', 'grinds')])
    expect(judged(middle)).toEqual({ a: 'comparable', b: 'unproven' })
  })

  const lies: [string, Move[], Partial<Record<'a' | 'b', AbortReason>>][] = [
    ['hands on what both say', [to('a', 'forwards'), to('b', 'forwards'), to('a', 'forwards', 1), to('b', 'forwards', 1)], { a: 'unproven', b: 'unproven' }],
    ['lets each hear itself', [to('a', 'reflects'), to('a', 'reflects', 1), to('b', 'reflects'), to('b', 'reflects', 1)], { a: 'unproven', b: 'unproven' }],
    ['drops the commitments', [], { a: 'silent', b: 'silent' }],
    ['drops the nonces', [to('a', 'commits'), to('b', 'commits')], { a: 'silent', b: 'silent' }],
    ['repeats a commitment', [to('a', 'commits'), to('a', 'commits')], { a: 'repeated' }],
    ['commits itself twice', [to('a', 'commits'), to('a', 'commits', 1), to('a', 'reveals', 1)], { a: 'repeated' }],
    ['repeats a nonce', [...playsA, to('a', 'reveals')], { a: 'repeated' }],
    ['brings a nonce forward', [to('a', 'reveals'), to('a', 'commits')], { a: 'early' }],
    ['changes its mind', [to('a', 'commits'), to('a', 'reveals', 1)], { a: 'unproven' }],
    ['cuts a commitment short', [{ does: 'injects', to: 'a', message: { type: 'commit', commitment: 'A'.repeat(42) } }], { a: 'malformed' }],
    ['shows another certificate than it is bound to',
      [{ does: 'commits otherwise', to: 'a', n: 0, told: introduced().b, shows: 'theirs' }, to('a', 'reveals')], { a: 'unproven' }],
  ]

  test.each(lies)('who %s is noticed', async (_, played, wanted) => {
    const middle = between()
    await middle.play(played)
    await middle.leave()
    expect(judged(middle)).toMatchObject(wanted)
  })

  test.each([{ type: 'verified' }, { type: 'user.confirmed' }, { type: 'code.derived', code: [1, 2, 3, 4, 5, 6, 7] }])(
    'who says “%o” verifies nothing', async (message) => {
      const middle = between()
      const injects: Move = { does: 'injects', to: 'a', message: message as never }
      await middle.play([injects, to('a', 'commits'), injects, to('a', 'reveals'), injects])
      expect(middle.ends.a.state).toBe('comparable')
    })
})

describe('of two who are in nobody’s hands, but were told different things,', () => {
  const mixes: [string, Parameters<typeof introduced>][] = [
    ['the roles are the same', [{}, { role: 'impolite' }]],
    ['the rooms differ', [{}, { room: 'kitchen' }]],
    ['the connections differ', [{}, { connection: 'a3.2' }]],
  ]

  test.each(mixes)('%s, and both notice', async (_, told) => {
    const [one, other] = [new Certificate(), new Certificate()]
    const { a, b } = introduced(...told)
    const ends: [End, End] = [new End({ ...a, own: one, theirs: other }), new End({ ...b, own: other, theirs: one })]
    stops.push(...ends.map((end) => () => end.stop()))
    await carry(...ends)
    expect(ends.map(({ reason }) => reason)).toEqual(['unproven', 'unproven'])
  })

  test('one hears an exchange of yesterday, and notices', async () => {
    const yesterday = twoEnds()
    await carry(...yesterday)
    const today = new End({ role: 'polite', connection: 'a3.2', own: yesterday[1].own, theirs: yesterday[0].own })
    stops.push(...[...yesterday, today].map((end) => () => end.stop()))
    for (const message of yesterday[0].says) (await today.rests()).hears(message)
    expect((await today.rests()).reason).toBe('unproven')
  })
})

test('whatever one in between does, whomever it introduces as what, the two never find the same code', async () => {
  const seen = { aborted: 0, bothHaveCodes: 0 }
  await fc.assert(fc.asyncProperty(introductions, fc.boolean(), moves, async (told, isTwofold, played) => {
    const middle = new Middle(told, isTwofold)
    await middle.play(played)
    await middle.leave()
    const { a, b } = middle.ends
    for (const { state } of [a, b]) expect(['comparable', 'aborted']).toContain(state)
    expect(a.code === null || a.code !== b.code).toBe(true)
    if (a.code && b.code) seen.bothHaveCodes++
    if (a.state === 'aborted' || b.state === 'aborted') seen.aborted++
    middle.stop()
  }), { numRuns: 300 })
  // Neither end of the claim is empty.
  expect(seen.bothHaveCodes).toBeGreaterThan(20)
  expect(seen.aborted).toBeGreaterThan(20)
})
