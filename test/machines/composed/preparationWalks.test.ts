import { describe, expect, test, vi } from 'vitest'
import type { Caps } from './faultBudget.ts'
import { formatViolation } from './diagram.ts'
import type { ExploreLimits } from './explore.ts'
import { preparedWorld } from './preparedFaults.ts'
import { randomWalk } from './randomWalk.ts'
import { Search } from './search.ts'
import { preparedRules, type System, type World } from './system.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Limits count worlds, not seconds. */
const some: ExploreLimits = { maxWorlds: 2_000, every: 7 }

const beginnings: [name: string, begin: (system: System) => World][] = [
  ['the lobby', (system) => system.begin()],
  ['a prepared connection', preparedWorld],
]

const cases: [name: string, caps: Caps][] = [
  ['a failed connection', { total: 3, ask: 1, fail: 2 }],
  ['a hidden lobby', { total: 3, ask: 1, hide: 2 }],
  ['another network', { total: 3, ask: 1, network: 2 }],
  ['a request that ends', { total: 3, ask: 2, withdraw: 1 }],
  ['a decline, and another request', { total: 4, ask: 2, decline: 1, slow: 1 }],
  ['another policy', { total: 3, ask: 1, policy: 2 }],
  ['a slow page', { total: 3, ask: 1, slow: 2 }],
  ['a dead socket', { total: 3, ask: 1, drop: 1, slow: 1 }],
  ['a reload', { total: 2, ask: 1, reload: 1 }],
  ['a holder that leaves', { total: 3, ask: 1, hangup: 1, rejoin: 1 }],
  ['a second visitor', { total: 5, ask: 1, hide: 1, stranger: 4 }],
  ['a second visitor, and a decline', { total: 5, ask: 1, hide: 1, decline: 1, stranger: 3 }],
  ['a server restart', { total: 2, ask: 1, restart: 1 }],
  ['a full mailbox', { total: 2, ask: 1, forget: 1 }],
]

describe.each(['open', 'ask'] as const)('a room with the policy %s, whose pages prepare a connection', (policy) => {
  const search = new Search(preparedRules(policy === 'ask' ? 'ask' : null))

  describe.each(beginnings)('starting at %s', (place, begin) => {
    test.each(cases)('keep the rules, and both reach the call or its end: %s', (name, caps) => {
      const explored = search.look(caps, begin, some)
      console.log(
        `${policy}, from ${place}, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all worlds' : `up to depth ${explored.depth}`}`,
      )
      expect(explored.story).toBe('')
    })

    test('random walks keep the rules, and both reach the call or its end', () => {
      const caps: Caps = {
        total: 12,
        ask: 4,
        withdraw: 2,
        decline: 2,
        policy: 2,
        hide: 2,
        fail: 2,
        network: 2,
        reload: 1,
        drop: 2,
        slow: 3,
        stranger: 4,
      }
      const system = search.systemOf(caps)
      const violation = randomWalk(system, { walks: 20, steps: 150, seed: 1 }, begin(system))
      expect(violation && formatViolation(system, violation)).toBe(null)
    })
  })
})
