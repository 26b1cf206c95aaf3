import { describe, expect, test, vi } from 'vitest'
import { formatViolation } from './diagram.ts'
import { callOf, type ExploreLimits } from './explore.ts'
import type { Caps } from './faultBudget.ts'
import { randomWalk } from './randomWalk.ts'
import { Search } from './search.ts'
import { callWithReplica } from './sharedFaults.ts'
import { sharedRules, type System, type World } from './system.ts'

vi.setConfig({ testTimeout: 240_000 })

/** Limits count worlds, not seconds. */
const some: ExploreLimits = { maxWorlds: 1_500, every: 5 }

const search = new Search(sharedRules)

const beginnings: [name: string, begin: (system: System) => World][] = [
  ['the lobby', (system) => system.begin()],
  ['the call', callOf],
  ['the call, with a replica of one join', callWithReplica('created')],
  ['the call, with a replica of both joins', callWithReplica('ready')],
  ['the call, with a replica of all', callWithReplica('full')],
]

describe.each(beginnings)('two nodes, a store that they share, and two pages, starting in %s', (place, begin) => {
  test.each<[string, Caps]>([
    ['nodes die, and a page leaves', { total: 2, die: 2, hangup: 1 }],
    ['a node dies, and a page is reloaded or slow', { total: 3, die: 1, reload: 1, slow: 1 }],
    ['the store loses writes twice', { total: 4, replicate: 2, failOver: 2 }],
    ['the store loses writes while a page leaves', { total: 3, replicate: 1, failOver: 1, hangup: 1 }],
    ['the store loses writes while a page is reloaded', { total: 3, replicate: 1, failOver: 1, reload: 1 }],
    ['the store loses writes while a node or a socket dies', { total: 3, replicate: 1, failOver: 1, die: 1, drop: 1 }],
    ['the store loses writes while the transport is lost', { total: 3, replicate: 1, failOver: 1, lose: 1 }],
  ])('keep the rules, and both reach the call or its end: %s', (name, caps) => {
    const explored = search.look(caps, begin, some)
    console.log(
      `from ${place}, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all worlds' : `up to depth ${explored.depth}`}`,
    )
    expect(explored.story).toBe('')
  })

  test('random walks keep the rules, and both reach the call or its end', () => {
    const caps = { total: 10, die: 3, replicate: 3, failOver: 3, drop: 2, reload: 1, slow: 2, hangup: 1, rejoin: 1 }
    const system = search.systemOf(caps)
    const violation = randomWalk(system, { walks: 20, steps: 150, seed: 1 }, begin(system))
    expect(violation && formatViolation(system, violation)).toBe(null)
  })
})
