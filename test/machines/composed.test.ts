import { describe, expect, test, vi } from 'vitest'
import type { Caps } from './composed/budget.ts'
import { tell } from './composed/diagram.ts'
import { callOf, explore, type Explored, type Reach } from './composed/explore.ts'
import { planted } from './composed/planted.ts'
import { realRules, type Rules, System, type World } from './composed/system.ts'

vi.setConfig({ testTimeout: 120_000 })

/**
 * Numbers of worlds, not of seconds, so that every machine explores the same: more than there are; and of too many a part, in which it is
 * from each seventh that the way to an end is looked for. `npm run bench -- explore` goes further, and looks from each.
 */
const all: Reach = { most: 60_000, every: 1 }
const part: Reach = { most: 6_000, every: 7 }

function look(caps: Caps, rules: Rules = realRules, reach = all, begin = (system: System): World => system.begin()): Explored & { story: string } {
  const system = new System(caps, rules)
  const explored = explore(system, reach, begin(system))
  return { ...explored, story: explored.violation ? tell(system, explored.violation) : '' }
}

/** What the two have at the beginning. */
const beginnings: [name: string, begin: (system: System) => World][] = [['the lobby', (system) => system.begin()], ['the call', callOf]]

describe.each(beginnings)('room, two pages and what lies between them, from %s on', (place, begin) => {
  const often: [name: string, caps: Caps, reach: Reach][] = [
    ['nothing goes wrong', { total: 0 }, all],
    ...(['repeat', 'reorder', 'waver', 'need', 'fail'] as const).map((fault) => [fault, { total: 1, [fault]: 1 }, all] as [string, Caps, Reach]),
    ...(['drop', 'reload', 'forget', 'slow', 'hangup'] as const).map((fault) => [fault, { total: 1, [fault]: 1 }, part] as [string, Caps, Reach]),
    ['tracks that change while a mailbox overflows', { total: 2, need: 1, forget: 1 }, part],
    ['a path that fails and tracks that change, twice in all', { total: 2, fail: 2, waver: 1, need: 2 }, part],
    ['two of anything', { total: 2, drop: 2, reload: 1, repeat: 1, reorder: 1, slow: 2, hangup: 1, rejoin: 1, fail: 2, waver: 1, need: 2 }, part],
  ]
  test.each(often)('keep the rules, and both reach the call or its end: %s', (name, caps, reach) => {
    const explored = look(caps, realRules, reach, begin)
    console.log(`from ${place}, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all there are' : `up to depth ${explored.depth}`}`)
    expect(explored.story).toBe('')
    expect(explored.isWhole || reach === part).toBe(true)
  })
})

describe('a planted fault is found', () => {
  const noEnd = 'both reach a call, or the end of one, once nothing goes wrong any more'
  const rules: Record<string, string> = {
    'a polite side that does not roll back': noEnd,
    'an outbox that does not resend': noEnd,
    'an answer that is kept back for an offer of our own': noEnd,
    'an offer that is not repeated to one who offers across it': noEnd,
    'a candidate that is tried whatever its ufrag': 'no candidate under a foreign ufrag',
    'a good-bye that is said after leaving': 'nothing is said after leaving',
    'a token that does not rotate': 'the two newest tokens of a seat give a right to it, and no other does',
    'an epoch that is not asked for': 'nothing is taken from an old epoch',
    'a room whose epochs begin anew': 'one live holder per seat',
    'a third seat': 'at most two seats',
    'two who are impolite': 'never two impolite sides, nor two polite',
    'a mailbox that forgets': 'each message is heard once, and in order',
    'a message that is taken twice': 'each message is heard once, and in order',
  }
  test.each(Object.entries(planted))('%s', (name, { caps, rules: faulty, isInCall }) => {
    const every = rules[name] === noEnd ? 1 : 100
    expect(look(caps, faulty, { ...all, every }, isInCall ? callOf : undefined).violation?.broken).toBe(rules[name])
  })

  test('and told by a shortest way to it', () => {
    const { caps, rules: faulty } = planted['a message that is taken twice']!
    expect(look(caps, faulty).story).toMatchInlineSnapshot(`
      "broken: each message is heard once, and in order
      A                                           server                                           B
      * joins                                        |                                              |
      |  entering · connecting · idle                |  empty            lobby · connecting · idle  |
      * has a socket                                 |                                              |
      |  entering · entering · idle                  |  empty            lobby · connecting · idle  |
      |                                              |                                        joins *
      |  entering · entering · idle                  |  empty         entering · connecting · idle  |
      |                                              |                                 has a socket *
      |  entering · entering · idle                  |  empty           entering · entering · idle  |
      |── visit ────────────────────────────────────▶|                                              |
      |  entering · entering · idle                  |  created         entering · entering · idle  |
      |◀─────────────────────────────────── joined ──|                                              |
      |  online · seated · making                    |  created         entering · entering · idle  |
      * a1.1: make.offer 1                           |                                              |
      |  online · seated · waiting                   |  created         entering · entering · idle  |
      |── say 1: offer a1.1 #1, for the first of two times ▶|                                              |
      |                                              |◀──────────────────────────────────── visit ──|
      |  online · seated · waiting                   |  ready           entering · entering · idle  |
      |                                              |── joined ───────────────────────────────────▶|
      |  online · seated · waiting                   |  ready          online · seated · listening  |
      |── say 1: offer a1.1 #1 ─────────────────────▶|                                              |
      |                                              |── offer a1.1 #1 ────────────────────────────▶|
      |  online · seated · waiting                   |  ready           online · seated · replying  |
      |                                              |── ready ────────────────────────────────────▶|
      |                                              |── offer a1.1 #1 ────────────────────────────▶|"
    `)
  })
})
