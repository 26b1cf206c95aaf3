import { describe, expect, test } from 'vitest'
import type { Caps, Fault } from './composed/budget.ts'
import { tell } from './composed/diagram.ts'
import { explore, type Explored } from './composed/explore.ts'
import { planted } from './composed/planted.ts'
import { realRules, type Rules, System } from './composed/system.ts'

/** Numbers of worlds, not of seconds, so that every machine explores the same: more than there are, and a part of many. */
const [all, part] = [60_000, 8_000]

function look(caps: Caps, rules: Rules = realRules, most = all): Explored & { story: string } {
  const system = new System(caps, rules)
  const explored = explore(system, most)
  return { ...explored, story: explored.violation ? tell(system, explored.violation) : '' }
}

const report = (name: string, { worlds, edges, depth, isWhole }: Explored): void =>
  console.log(`${name}: ${worlds} worlds, ${edges} edges, ${isWhole ? 'all there are' : `up to depth ${depth}`}`)

describe('room, two pages and what lies between them', () => {
  test('keep the rules, and both reach the call, whatever comes first', () => {
    const explored = look({ total: 0 })
    report('nothing goes wrong', explored)
    expect(explored.story).toBe('')
    expect(explored.isWhole).toBe(true)
  })

  const whole: Fault[] = ['repeat', 'reorder', 'waver', 'need', 'fail']
  test.each(whole)('keep the rules, wherever this happens once: %s', (fault) => {
    const explored = look({ total: 1, [fault]: 1 })
    report(fault, explored)
    expect(explored.story).toBe('')
    expect(explored.isWhole).toBe(true)
  })

  const partly: Fault[] = ['drop', 'reload', 'forget', 'slow', 'hangup']
  test.each(partly)('keep the rules as far as is looked where this happens once: %s', (fault) => {
    const explored = look({ total: 1, [fault]: 1 }, realRules, part)
    report(fault, explored)
    expect(explored.story).toBe('')
  })

  test('keep the rules as far as is looked where two of anything happen', () => {
    const explored = look({ total: 2, drop: 2, reload: 1, repeat: 1, reorder: 1, forget: 1, slow: 2, hangup: 1, rejoin: 1, fail: 2, waver: 1, need: 2 }, realRules, part)
    report('two of anything', explored)
    expect(explored.story).toBe('')
  })
})

describe('a planted fault is found', () => {
  const rules: Record<string, string> = {
    'a polite side that does not roll back': 'both reach a call, or the end of one, once nothing goes wrong any more',
    'an outbox that does not resend': 'both reach a call, or the end of one, once nothing goes wrong any more',
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
  test.each(Object.entries(planted))('%s', (name, { caps, rules: faulty }) => {
    expect(look(caps, faulty).violation?.broken).toBe(rules[name])
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
