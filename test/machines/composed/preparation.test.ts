import { describe, expect, test, vi } from 'vitest'
import type { Caps } from './faultBudget.ts'
import type { ExploreLimits } from './explore.ts'
import { preparedFaults, preparedWorld } from './preparedFaults.ts'
import { Search } from './search.ts'
import { preparedRules } from './system.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Limits count worlds, not seconds. preparationWalks.test.ts explores more of them. */
const some: ExploreLimits = { maxWorlds: 300, every: 7 }

describe.each(['open', 'ask'] as const)('a room with the policy %s, from a prepared connection', (policy) => {
  const search = new Search(preparedRules(policy === 'ask' ? 'ask' : null))

  test.each<[string, Caps]>([
    ['a join, or an admission', { total: 1, ask: 1 }],
    ['a failure, a hidden lobby and another network', { total: 2, ask: 1, fail: 1, hide: 1, network: 1 }],
    ['another policy', { total: 2, ask: 1, policy: 1 }],
    ['a reload, a dead socket and a slow page', { total: 2, ask: 1, reload: 1, drop: 1, slow: 1 }],
    ['a second visitor, and a decline', { total: 4, ask: 1, hide: 1, stranger: 3, decline: 1 }],
  ])('keep the rules, and both reach the call or its end: %s', (_, caps) => {
    expect(search.look(caps, preparedWorld, some).story).toBe('')
  })
})

describe('the exploration detects a seeded fault:', () => {
  const media = 'no media is sent before the visitor joins or is admitted'
  const late = 'both reach it in time'
  const rules: Record<string, string> = {
    'media that is sent before the visitor joins': media,
    'media for a visitor that joins while the holder selects another policy': media,
    'a description with every candidate': 'no page learns an address of the other before the call',
    'an answer of a visitor without the attempt': 'a holder is connected with the visitor of the attempt',
    'an attempt of one visitor that stays when another one asks':
      'a connection is prepared with the visitor at the door',
    'an attempt that outlives its visitor': 'a preparation ends with its visitor',
    'a connection of the holder that outlives its visitor': 'a prepared connection ends with its attempt',
    'a seat for a declined visitor with a prepared connection': 'only an admitted visitor gets the free seat',
    'a confirmed connection that the call does not take': 'the call takes over each released connection',
    'a prepared connection that the holder lost, and does not replace': late,
  }
  test.each(Object.entries(preparedFaults))('%s', (name, { caps, rules: faulty, within, from = preparedWorld }) => {
    const reach = { maxWorlds: 20_000, every: within ? 1 : 100, ...(within && { maxMs: within }) }
    const { violation, worlds } = new Search(faulty).look(caps, from, reach)
    console.log(`${name}: ${violation?.way.length ?? 0} steps, ${worlds} worlds`)
    expect(violation?.broken).toBe(rules[name])
  })
})
