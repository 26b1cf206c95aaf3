import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { timers } from '../../machines/timers.ts'
import { systemClock } from '../../server/clock.ts'
import { numbersOf } from '../server/figures.ts'
import type { Visit } from '../server/people.ts'
import { Wire } from '../server/wire.ts'
import { openWorld, startWorld, type World } from '../server/world.ts'
import { onslaught } from './onslaught.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const
/** As the row has it. */
const patience = 5_000

let world: World
let ann: Visit
let ben: Visit

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
  world = await openWorld({ clock: systemClock, throttle: { failures: 1_000_000, rooms: 1_000_000 } })
  ;[ann, ben] = await meet('blue-door')
})
afterAll(() => world.end())

test.each(onslaught)('%s: %s', async (_, outcome, run) => {
  expect(await run(world.server.url)).toBe(outcome)
  await expectUndisturbed(ann, ben)
}, patience)

/** What is held when everybody who attacked is gone; the heap settles in steps, so the least of some looks counts. */
async function held(): Promise<{ heap: number; sockets: number }> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await expect.poll(async () => (await numbersOf(world)).duet_sockets).toBe(2)
  collect()
  return { heap: process.memoryUsage().heapUsed, sockets: (await numbersOf(world)).duet_sockets! }
}

test('over and over, it leaves no memory behind', async () => {
  const rush = async (): Promise<void> => {
    await Promise.all(onslaught.map(async ([name, outcome, run]) => expect(await run(world.server.url), name).toBe(outcome)))
  }
  await rush()
  const before = await held()
  await Promise.all([rush(), rush(), rush(), rush()])
  const after = await held()
  expect((after.heap - before.heap) / 4, 'bytes a round').toBeLessThan(1_000_000)
  await expectUndisturbed(ann, ben)
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
