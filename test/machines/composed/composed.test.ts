import { describe, expect, test, vi } from 'vitest'
import type { Caps } from './faultBudget.ts'
import { formatViolation } from './diagram.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { callOf, explore, type Exploration, type ExploreLimits } from './explore.ts'
import { seededFaults, maxRecoveryMs } from './seededFaults.ts'
import { Steps } from './steps.ts'
import { realRules, type Rules, System, type World } from './system.ts'
import { randomWalk } from './randomWalk.ts'

vi.setConfig({ testTimeout: 120_000 })

/**
 * Numbers of worlds, not of seconds, so that every machine explores the same: more than there are; and of too many a part, in which it is
 * from each seventh that the way to an end is looked for. `npm run bench -- explore` goes further, and looks from each.
 */
const all: ExploreLimits = { maxWorlds: 60_000, every: 1 }
const part: ExploreLimits = { maxWorlds: 6_000, every: 7 }

/** All explorations of the real rules work each step out once. */
const realSteps = new Steps(realRules)
const systemOf = (caps: Caps, rules = realRules): System =>
  new System(caps, rules, rules === realRules ? realSteps : new Steps(rules))

function look(
  caps: Caps,
  rules: Rules = realRules,
  reach = all,
  begin = (system: System): World => system.begin(),
): Exploration & { story: string } {
  const system = systemOf(caps, rules)
  const explored = explore(system, reach, begin(system))
  return { ...explored, story: explored.violation ? formatViolation(system, explored.violation) : '' }
}

const two: Caps = {
  total: 2,
  drop: 2,
  reload: 1,
  repeat: 1,
  reorder: 1,
  slow: 2,
  hangup: 1,
  rejoin: 1,
  fail: 2,
  waver: 1,
  lose: 2,
  network: 1,
  need: 2,
  forget: 1,
  stranger: 1,
}

/** What the two have at the beginning. */
const beginnings: [name: string, begin: (system: System) => World][] = [
  ['the lobby', (system) => system.begin()],
  ['the call', callOf],
]

describe.each(beginnings)('room, two pages and what lies between them, from %s on', (place, begin) => {
  const often: [name: string, caps: Caps, reach: ExploreLimits][] = [
    ['nothing goes wrong', { total: 0 }, all],
    ...(['repeat', 'reorder', 'need'] as const).map(
      (fault) => [fault, { total: 1, [fault]: 1 }, all] as [string, Caps, ExploreLimits],
    ),
    ...(['waver', 'lose', 'fail', 'network', 'drop', 'reload', 'forget', 'slow', 'hangup', 'stranger'] as const).map(
      (fault) => [fault, { total: 1, [fault]: 1 }, part] as [string, Caps, ExploreLimits],
    ),
    ['a stranger while the path fails', { total: 2, stranger: 1, fail: 1 }, part],
    ['a crash of the server', { total: 1, crash: 1 }, part],
    ['a restart of the server', { total: 1, restart: 1 }, part],
    ['a crash of the server, and a page that is loaded anew or slow', { total: 2, crash: 1, reload: 1, slow: 1 }, part],
    ['two of anything', two, part],
  ]
  test.each(often)('keep the rules, and both reach the call or its end: %s', (name, caps, reach) => {
    const explored = look(caps, realRules, reach, begin)
    console.log(
      `from ${place}, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all there are' : `up to depth ${explored.depth}`}`,
    )
    expect(explored.story).toBe('')
    expect(explored.isWhole || reach === part).toBe(true)
  })
})

describe('a call whose path is lost', () => {
  const cases: [name: string, caps: Caps, within: number][] = [
    ['once', { total: 1, lose: 1, fail: 1, waver: 1 }, maxRecoveryMs],
    ['twice', { total: 2, lose: 2 }, maxRecoveryMs + timeouts.restartCooldownMs],
    [
      'on both sides, or while tracks change',
      { total: 2, lose: 1, fail: 1, need: 1 },
      maxRecoveryMs + timeouts.restartCooldownMs,
    ],
    ['while tracks change', { total: 2, lose: 1, need: 1 }, maxRecoveryMs],
    ['while a socket is lost, or mail', { total: 2, lose: 1, drop: 1, forget: 1 }, maxRecoveryMs],
    [
      'while the network changes',
      { total: 2, lose: 1, waver: 1, network: 1 },
      maxRecoveryMs + timeouts.restartCooldownMs,
    ],
    ['while waits end early', { total: 2, lose: 1, slow: 1 }, timeouts.callLostTimeoutMs],
    ['while nothing but tracks change', { total: 2, need: 2, forget: 1 }, maxRecoveryMs],
  ]
  test.each(cases)('%s, is back soon', (name, caps, within) => {
    const explored = look(caps, realRules, { maxWorlds: 5_000, every: 2, maxMs: within }, callOf)
    console.log(
      `a path that is lost ${name}: ${explored.worlds} worlds, ${explored.isWhole ? 'all there are' : `up to depth ${explored.depth}`}, ${explored.longestMs} ms at most`,
    )
    expect(explored.story).toBe('')
  })
})

describe.each(beginnings)('long ways, from %s on', (_, begin) => {
  test.each<[string, Caps]>([
    ['two of anything', two],
    // More restarts than a minute has.
    ['a path that is lost again and again', { total: 10, lose: 10 }],
    ['lost, with all else', { ...two, total: 12, lose: 6, need: 4, slow: 4, drop: 4 }],
  ])('keep the rules, and both reach the call or its end: %s', (_name, caps) => {
    const system = systemOf(caps)
    const violation = randomWalk(system, { walks: 20, steps: 150, seed: 1 }, begin(system))
    expect(violation && formatViolation(system, violation)).toBe(null)
  })
})

describe('a planted fault is found', () => {
  const noEnd = 'both reach a call, or the end of one, once nothing goes wrong any more'
  const late = 'both reach it soon'
  const rules: Record<string, string> = {
    'a camera that stays on after a call': 'devices follow membership',
    'a polite side that does not roll back': noEnd,
    'an outbox that does not resend': noEnd,
    'an answer that is kept back for an offer of our own': late,
    'an offer that is not repeated to one who offers across it': late,
    'a stranger’s offer that replaces a flowing peer': 'a stranger is not met without the person’s consent',
    'no restart after a path is lost': noEnd,
    'a polite side that does not hear of the other’s restart': late,
    'a restart while nobody can hear of it, that is not made again': late,
    'an answer that is taken though it is to another offer': 'an answer is taken to the offer that it answers',
    'candidates of an old generation that are kept for the next': 'no candidate under a foreign ufrag',
    'an offer that restarts nothing, taken for a restart': late,
    'an offer that crosses several of ours, taken for an old one': late,
    'a candidate that is tried whatever its ufrag': 'no candidate under a foreign ufrag',
    'a good-bye that is said after leaving': 'nothing is said after leaving',
    'a token that does not rotate': 'the two newest tokens of a seat give a right to it, and no other does',
    'an epoch that is not asked for': 'nothing is taken from an old epoch',
    'a room whose epochs begin anew': 'one live holder per seat',
    'a stranger who is let in at once after a crash': 'after a crash no stranger is let in before the pair',
    'a seat that is not kept for the other one after a crash': 'after a crash no stranger is let in before the pair',
    'a third seat': 'at most two seats',
    'two who are impolite': 'never two impolite sides, nor two polite',
    'a mailbox that forgets': 'each message is heard once, and in order',
    'a message that is taken twice': 'each message is heard once, and in order',
  }
  test.each(Object.entries(seededFaults))('%s', (name, { caps, rules: faulty, isInCall, within }) => {
    const every = rules[name] === noEnd || rules[name] === late ? 1 : 100
    expect(
      look(caps, faulty, { ...all, every, ...(within && { maxMs: within }) }, isInCall ? callOf : undefined).violation
        ?.broken,
    ).toBe(rules[name])
  })

  test('and told by a shortest way to it', () => {
    const { caps, rules: faulty } = seededFaults['a message that is taken twice']!
    expect(look(caps, faulty).story).toMatchInlineSnapshot(`
      "broken: each message is heard once, and in order
      A                                           server                                           B
      * joins                                        |                                              |
      |  joining · connecting · idle                 |  empty            lobby · connecting · idle  |
      * has a socket                                 |                                              |
      |  joining · joining · idle                    |  empty            lobby · connecting · idle  |
      |                                              |                                        joins *
      |  joining · joining · idle                    |  empty          joining · connecting · idle  |
      |                                              |                                 has a socket *
      |  joining · joining · idle                    |  empty             joining · joining · idle  |
      |── join ─────────────────────────────────────▶|                                              |
      |  joining · joining · idle                    |  created           joining · joining · idle  |
      |◀─────────────────────────────────── joined ──|                                              |
      |  online · joined · creatingOffer             |  created           joining · joining · idle  |
      * a1.1: createOffer 1                          |                                              |
      |  online · joined · waitingForPeer            |  created           joining · joining · idle  |
      |── say 1: offer a1.1 #1, for the first of two times ▶|                                              |
      |                                              |◀───────────────────────────────────── join ──|
      |  online · joined · waitingForPeer            |  ready             joining · joining · idle  |
      |                                              |── joined ───────────────────────────────────▶|
      |  online · joined · waitingForPeer            |  ready      online · joined · awaitingOffer  |
      |── say 1: offer a1.1 #1 ─────────────────────▶|                                              |
      |                                              |── offer a1.1 #1 ────────────────────────────▶|
      |  online · joined · waitingForPeer            |  ready     online · joined · creatingAnswer  |
      |                                              |── ready ────────────────────────────────────▶|
      |                                              |── offer a1.1 #1 ────────────────────────────▶|"
    `)
  })
})
