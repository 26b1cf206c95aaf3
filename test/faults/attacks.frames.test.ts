import { afterAll, beforeAll, expect, test } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { systemClock } from '../../server/common/clock.ts'
import { settledMemory } from '../heap.ts'
import { readMetrics } from '../server/metricsReader.ts'
import type { TestSubscription } from '../server/testClient.ts'
import { FrameClient } from '../server/frameClient.ts'
import { openServerFixture, startServerFixture, type ServerFixture } from '../server/serverFixture.ts'
import { malformedInputs } from './malformedInputs.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const
let serverFixture: ServerFixture
/** Pairs that talk meanwhile, each within the limits of a page. */
let pairs: [TestSubscription, TestSubscription][]
let nextPair = 0

async function meet(room: string): Promise<[TestSubscription, TestSubscription]> {
  const both: [TestSubscription, TestSubscription] = [
    serverFixture.newClient().join(room),
    serverFixture.newClient().join(room),
  ]
  for (const one of both) await one.joined()
  for (const one of both) await one.expectEvent('ready')
  return both
}

/** Expects that the pair receives the message sent now and no earlier event. */
async function expectUndisturbed(one: TestSubscription, other: TestSubscription): Promise<void> {
  await one.send(media)
  expect(await other.expectEvent('message')).toMatchObject({ message: media })
  expect([one.unread, other.unread]).toEqual([[], []])
}

beforeAll(async () => {
  // All attackers share one address, and together they would be rate limited. These tests check what each socket may
  // do.
  serverFixture = await openServerFixture({
    clock: systemClock,
    limits: {
      socketBudgetsPerAddress: 1_000_000,
      failedJoinsPerAddressPerMinute: 1_000_000,
      failedJoinsPerSocketPerMinute: 1_000_000,
      newRoomsPerAddressPerMinute: 1_000_000,
      newRoomsPerSocketPerMinute: 1_000_000,
    },
  })
  pairs = []
  for (const room of ['blue-door', 'red-door', 'grey-door', 'gold-door']) pairs.push(await meet(room))
})
afterAll(() => serverFixture.close())

test.each(malformedInputs)('%s: %s', async (_, outcome, run) => {
  expect(await run(serverFixture.server.url)).toBe(outcome)
  await expectUndisturbed(...pairs[nextPair++ % pairs.length]!)
})

/** Memory after all attackers have left. */
async function measureHeld(): Promise<{ heap: number; sockets: number }> {
  await expect.poll(async () => (await readMetrics(serverFixture)).duet_ws_connections).toBe(2 * pairs.length)
  const { heap } = await settledMemory()
  return { heap, sockets: (await readMetrics(serverFixture)).duet_ws_connections! }
}

test('repeated attacks leave no memory behind', async () => {
  const rush = async (): Promise<void> => {
    // Some of these simultaneous sockets from one address are closed before they get an answer.
    await Promise.all(
      malformedInputs.map(async ([name, outcome, run]) =>
        expect([outcome, ...(outcome === 1008 ? [null] : [])], name).toContain(await run(serverFixture.server.url)),
      ),
    )
  }
  await rush()
  const before = await measureHeld()
  await Promise.all([rush(), rush(), rush(), rush()])
  const after = await measureHeld()
  expect((after.heap - before.heap) / 4, 'bytes per round').toBeLessThan(1_000_000)
  await expectUndisturbed(...pairs[0]!)
})

test('attacks pollute no prototype and cause no internal error, and a new pair can meet', async () => {
  expect('polluted' in {}).toBe(false)
  expect(serverFixture.logLines.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([])
  await expectUndisturbed(...(await meet('green-door')))
})

test('a silent socket is closed within five seconds and counted', async () => {
  const quiet = await startServerFixture()
  const wire = await FrameClient.open(quiet.server.url)
  const closed = wire.waitForClose()
  for (let second = 1; second < timeouts.firstMessageTimeoutMs / 1000 - 1; second++) quiet.clock.advance(1_000)
  expect((await readMetrics(quiet)).duet_ws_connections).toBe(1)
  quiet.clock.advance(1_000)
  expect(await closed).toBe(1006)
  expect(await readMetrics(quiet)).toMatchObject({
    duet_ws_connections: 0,
    'duet_ws_disconnects_total{reason="no_first_message"}': 1,
  })
})
