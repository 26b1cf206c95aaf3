import { describe, expect, test, vi } from 'vitest'
import { anyTwoFaults, type Caps } from './faultBudget.ts'
import { formatViolation } from './diagram.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { callOf, type ExploreLimits, setupOf } from './explore.ts'
import { seededFaults, maxRecoveryMs } from './seededFaults.ts'
import { Search } from './search.ts'
import { realRules, type Rules, type System, type World } from './system.ts'
import { randomWalk } from './randomWalk.ts'

vi.setConfig({ testTimeout: 120_000 })

/**
 * Limits count worlds, not seconds, so every machine explores the same. `all` exceeds the number of worlds. `part`
 * explores some of them and checks liveness from every seventh. `npm run bench -- explore` explores more and checks
 * liveness from each.
 */
const all: ExploreLimits = { maxWorlds: 60_000, every: 1 }
const part: ExploreLimits = { maxWorlds: 6_000, every: 7 }

const search = new Search(realRules)
const look = (caps: Caps, rules: Rules = realRules, reach = all, begin = (system: System): World => system.begin()) =>
  search.look(caps, begin, reach, rules)

/** Initial worlds. */
const beginnings: [name: string, begin: (system: System) => World][] = [
  ['the lobby', (system) => system.begin()],
  ['the call', callOf],
]

describe.each(beginnings)('room, two pages and their channels, starting in %s', (place, begin) => {
  const often: [name: string, caps: Caps, reach: ExploreLimits][] = [
    ['no faults', { total: 0 }, all],
    ...(['repeat', 'reorder', 'need'] as const).map(
      (fault) => [fault, { total: 1, [fault]: 1 }, all] as [string, Caps, ExploreLimits],
    ),
    ...(
      [
        'waver',
        'lose',
        'fail',
        'network',
        'drop',
        'reload',
        'forget',
        'slow',
        'hangup',
        'unauthenticatedOffer',
      ] as const
    ).map((fault) => [fault, { total: 1, [fault]: 1 }, part] as [string, Caps, ExploreLimits]),
    ['an unauthenticated peer while the transport fails', { total: 2, unauthenticatedOffer: 1, fail: 1 }, part],
    ['a server crash', { total: 1, crash: 1 }, part],
    ['a server crash and a dead socket', { total: 2, crash: 1, drop: 1 }, part],
    ['a server restart', { total: 1, restart: 1 }, part],
    ['a server crash with a page that is reloaded or slow', { total: 2, crash: 1, reload: 1, slow: 1 }, part],
    ['any two faults', anyTwoFaults, part],
  ]
  test.each(often)('keep the rules, and both reach the call or its end: %s', (name, caps, reach) => {
    const explored = look(caps, realRules, reach, begin)
    console.log(
      `from ${place}, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all worlds' : `up to depth ${explored.depth}`}`,
    )
    expect(explored.story).toBe('')
    expect(explored.isWhole || reach === part).toBe(true)
  })
})

test('a server crash before the first media: the room is full again when both report it', () => {
  const explored = look({ total: 1, crash: 1 }, realRules, { maxWorlds: 6_000, every: 1 }, setupOf)
  console.log(`a crash before the first media: ${explored.worlds} worlds, up to depth ${explored.depth}`)
  expect(explored.story).toBe('')
})

describe('a call that loses its transport', () => {
  const cases: [name: string, caps: Caps, within: number][] = [
    ['once', { total: 1, lose: 1, fail: 1, waver: 1 }, maxRecoveryMs],
    ['twice', { total: 2, lose: 2 }, maxRecoveryMs + timeouts.restartCooldownMs],
    [
      'on both sides, or while tracks change',
      { total: 2, lose: 1, fail: 1, need: 1 },
      maxRecoveryMs + timeouts.restartCooldownMs,
    ],
    ['while tracks change', { total: 2, lose: 1, need: 1 }, maxRecoveryMs],
    ['while a socket or mailbox messages are lost', { total: 2, lose: 1, drop: 1, forget: 1 }, maxRecoveryMs],
    [
      'while the network changes',
      { total: 2, lose: 1, waver: 1, network: 1 },
      maxRecoveryMs + timeouts.restartCooldownMs,
    ],
    ['while timeouts end early', { total: 2, lose: 1, slow: 1 }, timeouts.callLostTimeoutMs],
    ['not at all, while only tracks change', { total: 2, need: 2, forget: 1 }, maxRecoveryMs],
  ]
  test.each(cases)('%s, recovers in time', (name, caps, within) => {
    const explored = look(caps, realRules, { maxWorlds: 5_000, every: 2, maxMs: within }, callOf)
    console.log(
      `a lost transport, ${name}: ${explored.worlds} worlds, ${explored.isWhole ? 'all worlds' : `up to depth ${explored.depth}`}, ${explored.longestMs} ms at most`,
    )
    expect(explored.story).toBe('')
  })
})

describe.each(beginnings)('random walks, starting in %s', (_, begin) => {
  test.each<[string, Caps]>([
    ['any two faults', anyTwoFaults],
    // More restarts than the budget of a minute.
    ['a transport that is lost again and again', { total: 10, lose: 10 }],
    ['a lost transport with all other faults', { ...anyTwoFaults, total: 12, lose: 6, need: 4, slow: 4, drop: 4 }],
  ])('keep the rules, and both reach the call or its end: %s', (_name, caps) => {
    const system = search.systemOf(caps)
    const violation = randomWalk(system, { walks: 20, steps: 150, seed: 1 }, begin(system))
    expect(violation && formatViolation(system, violation)).toBe(null)
  })
})

describe('the exploration detects a seeded fault:', () => {
  const noEnd = 'both reach a call, or the end of one, once faults stop'
  const late = 'both reach it in time'
  const rules: Record<string, string> = {
    'a camera that stays on after a call': 'devices follow membership',
    'a polite peer that does not roll back': noEnd,
    'an outbox that does not resend': noEnd,
    'an answer that is held back for a local offer': late,
    'an offer that is not repeated to a peer whose offer crossed it': late,
    'an unauthenticated offer that replaces a flowing peer':
      'an unauthenticated peer is connected only with the user’s consent',
    'no restart after a transport is lost': noEnd,
    'a polite peer that is not notified of the peer’s restart': late,
    'a restart without a connected peer that is not repeated': late,
    'an answer that is applied to another offer': 'an answer is applied to the offer that it answers',
    'candidates of an old generation that are stored for the next': 'no candidate has an unknown ufrag',
    'an offer without a restart that is treated as a restart': late,
    'an offer that crosses several local offers and is treated as stale': late,
    'a candidate that is added with any ufrag': 'no candidate has an unknown ufrag',
    'a hangup that is sent after leaving': 'nothing is sent after leaving',
    'a token that does not rotate': 'only the two newest tokens of a seat are valid',
    'an epoch that is not checked': 'no request of an old epoch is accepted',
    'a room whose epochs start again': 'one live holder per seat',
    'a visitor without a token who is admitted right after a crash':
      'after a crash the returning pair is admitted before any new visitor',
    'a seat that is not reserved for the peer after a crash':
      'after a crash the returning pair is admitted before any new visitor',
    'a third seat': 'at most two seats',
    'two impolite peers': 'never two impolite or two polite peers',
    'a mailbox that drops messages': 'each message arrives once and in order',
    'a message that is accepted twice': 'each message arrives once and in order',
  }
  test.each(Object.entries(seededFaults))('%s', (name, { caps, rules: faulty, isInCall, within }) => {
    const every = rules[name] === noEnd || rules[name] === late ? 1 : 100
    expect(
      look(caps, faulty, { ...all, every, ...(within && { maxMs: within }) }, isInCall ? callOf : undefined).violation
        ?.broken,
    ).toBe(rules[name])
  })

  test('a violation is shown with a shortest path to it', () => {
    const { caps, rules: faulty } = seededFaults['a message that is accepted twice']!
    expect(look(caps, faulty).story).toMatchInlineSnapshot(`
      "broken: each message arrives once and in order
      A                                           server                                           B
      * joins                                        |                                              |
      |  joining · connecting · idle                 |  empty            alone · connecting · idle  |
      * opens a socket                               |                                              |
      |  joining · joining · idle                    |  empty            alone · connecting · idle  |
      |                                              |                                        joins *
      |  joining · joining · idle                    |  empty          joining · connecting · idle  |
      |                                              |                               opens a socket *
      |  joining · joining · idle                    |  empty             joining · joining · idle  |
      |── join ─────────────────────────────────────▶|                                              |
      |  joining · joining · idle                    |  created           joining · joining · idle  |
      |◀─────────────────────────────────── joined ──|                                              |
      |  online · joined · creatingOffer             |  created           joining · joining · idle  |
      * a1.1: createOffer 1                          |                                              |
      |  online · joined · waitingForPeer            |  created           joining · joining · idle  |
      |── send 1: offer a1.1 #1, the first of two times ▶|                                              |
      |                                              |◀───────────────────────────────────── join ──|
      |  online · joined · waitingForPeer            |  ready             joining · joining · idle  |
      |                                              |── joined ───────────────────────────────────▶|
      |  online · joined · waitingForPeer            |  ready      online · joined · awaitingOffer  |
      |── send 1: offer a1.1 #1 ────────────────────▶|                                              |
      |                                              |── offer a1.1 #1 ────────────────────────────▶|
      |  online · joined · waitingForPeer            |  ready     online · joined · creatingAnswer  |
      |                                              |── ready ────────────────────────────────────▶|
      |                                              |── offer a1.1 #1 ────────────────────────────▶|"
    `)
  })
})
