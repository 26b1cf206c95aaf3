import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { timers } from '../../machines/protocol/timeouts.ts'
import { systemClock } from '../../server/common/clock.ts'
import { numbersOf } from '../server/figures.ts'
import type { Visit } from '../server/people.ts'
import { Wire } from '../server/wire.ts'
import { openWorld, startWorld, type World } from '../server/world.ts'
import { onslaught } from './onslaught.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const
let world: World
/** Pairs who talk meanwhile: each says no more than a page may. */
let pairs: [Visit, Visit][]
let turn = 0

async function meet(room: string): Promise<[Visit, Visit]> {
  const both: [Visit, Visit] = [world.person().visit(room), world.person().visit(room)]
  for (const one of both) await one.joined()
  for (const one of both) await one.hears('ready')
  return both
}

/** Nothing came between: what is said now is all that there is to hear. */
async function expectUndisturbed(one: Visit, other: Visit): Promise<void> {
  await one.say(media)
  expect(await other.hears('message')).toMatchObject({ message: media })
  expect([one.unread, other.unread]).toEqual([[], []])
}

beforeAll(async () => {
  // All attackers have one address. Together they would only be slowed down; what each may do is asked here.
  world = await openWorld({ clock: systemClock, throttle: { failures: 1_000_000, rooms: 1_000_000 }, limits: { socketSharesPerAddress: 1_000_000 } })
  pairs = []
  for (const room of ['blue-door', 'red-door', 'grey-door', 'gold-door']) pairs.push(await meet(room))
})
afterAll(() => world.end())

test.each(onslaught)('%s: %s', async (_, outcome, run) => {
  expect(await run(world.server.url)).toBe(outcome)
  await expectUndisturbed(...pairs[turn++ % pairs.length]!)
})

/** What is held when everybody who attacked is gone; the heap settles in steps, so the least of some looks counts. */
async function held(): Promise<{ heap: number; sockets: number }> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await expect.poll(async () => (await numbersOf(world)).duet_sockets).toBe(2 * pairs.length)
  collect()
  return { heap: process.memoryUsage().heapUsed, sockets: (await numbersOf(world)).duet_sockets! }
}

test('over and over, it leaves no memory behind', async () => {
  const rush = async (): Promise<void> => {
    // Of all at once from one address, some are cut before they are told why.
    await Promise.all(onslaught.map(async ([name, outcome, run]) => expect([outcome, ...(outcome === 1008 ? [null] : [])], name).toContain(await run(world.server.url))))
  }
  await rush()
  const before = await held()
  await Promise.all([rush(), rush(), rush(), rush()])
  const after = await held()
  expect((after.heap - before.heap) / 4, 'bytes a round').toBeLessThan(1_000_000)
  await expectUndisturbed(...pairs[0]!)
})

test('no prototype was polluted, nothing was a fault of ours, and two others meet', async () => {
  expect('polluted' in {}).toBe(false)
  expect(world.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([])
  await expectUndisturbed(...await meet('green-door'))
})

test('a silent socket is closed before five seconds are over, and so counted', async () => {
  const quiet = await startWorld()
  const wire = await Wire.open(quiet.server.url)
  const closed = wire.closed()
  for (let second = 1; second < timers.firstMessage / 1000 - 1; second++) quiet.clock.pass(1_000)
  expect((await numbersOf(quiet)).duet_sockets).toBe(1)
  quiet.clock.pass(1_000)
  expect(await closed).toBe(1006)
  expect(await numbersOf(quiet)).toMatchObject({ duet_sockets: 0, 'duet_given_up_total{reason="silent"}': 1 })
})
