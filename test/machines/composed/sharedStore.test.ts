import { describe, expect, test, vi } from 'vitest'
import { callOf, type ExploreLimits } from './explore.ts'
import type { Caps } from './faultBudget.ts'
import { Search } from './search.ts'
import { callWithReplica, sharedFaults } from './sharedFaults.ts'
import { sharedRules, type System, type World } from './system.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Limits count worlds, not seconds. sharedStoreWalks.test.ts explores more of them. */
const few: ExploreLimits = { maxWorlds: 120, every: 5 }

const search = new Search(sharedRules)

const cases: [name: string, begin: (system: System) => World, caps: Caps][] = [
  ['a node dies', callOf, { total: 1, die: 1 }],
  ['a node dies before the call', (system) => system.begin(), { total: 1, die: 1 }],
  ['the node of a page that leaves dies', callOf, { total: 2, die: 1, hangup: 1 }],
  ['the store loses all', callOf, { total: 1, failOver: 1 }],
  ['the store loses the second join', callWithReplica('created'), { total: 1, failOver: 1 }],
  ['the store loses the negotiation', callWithReplica('ready'), { total: 1, failOver: 1 }],
  ['the store loses a leave', callWithReplica('full'), { total: 2, failOver: 1, hangup: 1 }],
  ['the store loses writes while a node dies', callWithReplica('ready'), { total: 2, failOver: 1, die: 1 }],
]

test.each(cases)('two nodes and two pages keep the rules, and both reach the call or its end: %s', (_, begin, caps) => {
  expect(search.look(caps, begin, few).story).toBe('')
})

describe('the exploration detects a seeded fault:', () => {
  const phantom = 'a connected seat is at a node that lives or will be reaped'
  const noEnd = 'both reach a call, or the end of one, once faults stop'
  const rules: Record<string, string> = {
    'a dead node whose connections nobody ends': phantom,
    'a dead node whose writes are accepted': phantom,
    'a reaper that ends the connection of the next node': 'no request of an old epoch is accepted',
    'epochs that start again after a loss': noEnd,
    'mailboxes that keep their ids after a loss': noEnd,
    'a lost leave whose connection nobody ends': phantom,
    'a loss without a hold for new visitors': 'after a crash the returning pair is admitted before any new visitor',
  }
  test.each(Object.entries(sharedFaults))('%s', (name, { caps, rules: faulty, begin }) => {
    const reach = { maxWorlds: 5_000, every: rules[name] === noEnd ? 1 : 100 }
    const { violation } = search.look(caps, begin, reach, faulty)
    expect(violation?.broken).toBe(rules[name])
  })
})
