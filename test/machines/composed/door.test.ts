import { describe, expect, test, vi } from 'vitest'
import type { Caps } from './faultBudget.ts'
import { formatViolation } from './diagram.ts'
import { callOf, type ExploreLimits } from './explore.ts'
import { randomWalk } from './randomWalk.ts'
import { Search } from './search.ts'
import { doorFaults } from './doorFaults.ts'
import { doorRules, type Rules, type System, type World } from './system.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Limits count worlds, not seconds. */
const some: ExploreLimits = { maxWorlds: 4_000, every: 7 }

const search = new Search(doorRules)
const look = (caps: Caps, begin: (system: System) => World, rules: Rules = doorRules, reach = some) =>
  search.look(caps, begin, reach, rules)

/** Initial worlds. Without an admission, one page waits and the other one is at the door. */
const beginnings: [name: string, begin: (system: System) => World][] = [
  ['the lobby', (system) => system.begin()],
  ['the door', callOf],
]

/** Returns the world in the call, after a request and an admission. */
function admittedCall(system: System): World {
  let now = callOf(system)
  for (;;) {
    const moves = system.faultFreeMoves(now)
    const move = moves.find(({ wait }) => !wait) ?? moves.find(({ wait }) => wait?.id === 'ask' || wait?.id === 'admit')
    if (!move) return now
    now = move.to
  }
}

const cases: [name: string, caps: Caps][] = [
  ['no request', { total: 0 }],
  ['a request', { total: 1, ask: 1 }],
  ['a request that ends', { total: 3, ask: 2, withdraw: 1 }],
  ['a decline, and another request', { total: 3, ask: 2, decline: 1, slow: 1 }],
  ['another policy while one waits', { total: 2, ask: 1, policy: 2 }],
  ['a holder that leaves', { total: 3, ask: 1, hangup: 1, rejoin: 1 }],
  ['a dead socket', { total: 3, ask: 2, drop: 1 }],
  ['two dead sockets and a slow page', { total: 4, ask: 1, drop: 2, slow: 1 }],
  ['a dead socket and another policy', { total: 3, ask: 1, drop: 1, policy: 1 }],
  ['a reload', { total: 3, ask: 2, reload: 1 }],
  ['a reload over a dead socket', { total: 4, ask: 2, drop: 1, reload: 1 }],
  ['a second visitor', { total: 4, ask: 2, stranger: 2 }],
  ['a second visitor, and a decline', { total: 4, ask: 1, decline: 1, stranger: 3 }],
  ['a server crash', { total: 2, ask: 1, crash: 1 }],
  ['a server restart', { total: 2, ask: 1, restart: 1 }],
  ['a full mailbox', { total: 2, ask: 1, forget: 1 }],
  ['a rate limit', { total: 2, ask: 1, throttle: 1 }],
  ['a rate limit and another policy', { total: 4, ask: 1, policy: 2, throttle: 1 }],
  ['two rate limits and a dead socket', { total: 4, ask: 1, drop: 1, throttle: 2 }],
]

describe.each(beginnings)('a room that asks first, two pages and a stranger, starting at %s', (place, begin) => {
  test.each(cases)('keep the rules, and both reach the call or its end: %s', (name, caps) => {
    const explored = look(caps, begin)
    console.log(
      `from ${place}, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all worlds' : `up to depth ${explored.depth}`}`,
    )
    expect(explored.story).toBe('')
  })
})

describe('a call after an admission, two pages and a stranger', () => {
  test.each<[string, Caps]>([
    ['a locked room and a reload', { total: 2, policy: 1, reload: 1 }],
    ['a seat that expires', { total: 2, drop: 1, slow: 1 }],
    ['a seat that expires in a locked room', { total: 3, drop: 1, slow: 1, policy: 1 }],
    ['a seat that expires while a stranger asks', { total: 4, drop: 1, slow: 1, stranger: 2 }],
    ['a reload that takes too long', { total: 3, reload: 1, slow: 2 }],
    ['a holder that leaves, and a stranger', { total: 3, hangup: 1, stranger: 2 }],
    ['a server restart and a locked room', { total: 2, restart: 1, policy: 1 }],
    ['a server crash and a stranger', { total: 2, crash: 1, stranger: 1 }],
  ])('keep the rules, and both reach the call or its end: %s', (name, caps) => {
    const explored = look(caps, admittedCall)
    console.log(
      `from the call, ${name}: ${explored.worlds} worlds, ${explored.edges} edges, ${explored.isWhole ? 'all worlds' : `up to depth ${explored.depth}`}`,
    )
    expect(explored.story).toBe('')
  })
})

describe.each(beginnings)('random walks in a room that asks first, starting at %s', (_, begin) => {
  test.each<[string, Caps]>([
    ['requests, answers and policies', { total: 12, ask: 4, withdraw: 2, decline: 2, policy: 3, stranger: 4, slow: 2 }],
    [
      'requests, dead sockets and reloads',
      {
        total: 12,
        ask: 4,
        drop: 4,
        reload: 2,
        hangup: 2,
        rejoin: 2,
        slow: 4,
        stranger: 2,
        policy: 1,
        restart: 1,
        crash: 1,
      },
    ],
  ])('keep the rules, and both reach the call or its end: %s', (_name, caps) => {
    const system = search.systemOf(caps)
    const violation = randomWalk(system, { walks: 20, steps: 150, seed: 1 }, begin(system))
    expect(violation && formatViolation(system, violation)).toBe(null)
  })
})

describe('the exploration detects a seeded fault:', () => {
  const noEnd = 'both reach a call, or the end of one, once faults stop'
  const seat = 'only an admitted visitor gets the free seat'
  const place = 'a place at the door ends with its visitor'
  const view = 'a visitor sees its view of the room only'
  const rules: Record<string, string> = {
    'a message of a visitor that is relayed before the admission': 'no message of a visitor reaches a holder',
    'an offer of the holder that a visitor reads before the admission': 'no message of a holder reaches a visitor',
    'a seat for a visitor that nobody has answered': seat,
    'a seat for a declined visitor': seat,
    'a seat in a locked room for a visitor that was admitted before': seat,
    'two visitors at the door': 'one visitor is at the door at a time',
    'an answer that admits the next visitor': 'only an answer to this visitor admits it',
    'a visitor that reads the name of another visitor': view,
    'a visitor that is shown the request of another visitor': view,
    'a place at the door that outlives a cancelled request': place,
    'a place at the door that outlives its socket': place,
    'a place at the door that ends with an old socket': 'a visitor keeps its place at the door',
    'a restored room that is open': 'a restored room admits no more visitors than before',
    'a selected policy that is lost with its socket': noEnd,
  }
  test.each(Object.entries(doorFaults))('%s', (name, { caps, rules: faulty }) => {
    const reach = { maxWorlds: 20_000, every: rules[name] === noEnd ? 1 : 100 }
    const { violation, worlds } = look(caps, callOf, faulty, reach)
    console.log(`${name}: ${violation?.way.length ?? 0} steps, ${worlds} worlds`)
    expect(violation?.broken).toBe(rules[name])
  })
})
