import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTimeOrigin, createSystemClock } from '../../../turn/common/clock.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read } from '../../../turn/stun/message.ts'
import { outcome } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'
import {
  allocate,
  connectClient,
  createCredentials,
  createPeerSocket,
  nextData,
  startEchoPeer,
  startTestServer,
} from '../turnFixture.ts'
import { channelData } from '../packets.ts'

/** A wall-clock step (NTP, a resumed machine, an administrator) changes no lifetime. */

const steps = [
  ['299 s forward', 299_000],
  ['an hour forward', 3_600_000],
  ['an hour back', -3_600_000],
] as const
const udp: Attribute = ['requestedTransport', 17]

beforeEach(() => takeWallClock())
afterEach(() => {
  vi.useRealTimers()
})

/** Fakes `Date` and intervals of this thread; so the servers use the engine of the main thread. Other timers and the monotonic clock stay real. */
const takeWallClock = (): void => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })

/** Runs two sweeps, which free everything that has expired. */
function stepWallClock(stepMs: number): void {
  vi.setSystemTime(Date.now() + stepMs)
  vi.advanceTimersByTime(2_000)
}

describe.each(steps)('when the wall clock steps %s', (_, step) => {
  test.each(['udp', 'tcp'] as const)(
    'a client over %s keeps its allocation, permissions, channels and nonce',
    async (transport) => {
      const turn = await startTestServer({ engine: 'dgram' })
      const [peer, other] = [await startEchoPeer(), await createPeerSocket()]
      const { client } = await connectClient(turn, transport)
      await allocate(client)
      await client.request('createPermission', [['xorPeerAddress', peer]])
      await client.request('channelBind', [
        ['channelNumber', 0x4000],
        ['xorPeerAddress', { ip: '127.0.0.1', port: other.address().port }],
      ])
      stepWallClock(step)
      const { errorResponses } = turn.counters()
      const received = nextData(client)
      client.sendData(peer, Buffer.from('still here'))
      const arrived = once(other, 'message')
      client.transport!.send(channelData(0x4000, Buffer.from('by the channel..')))
      expect([(await received)[0], String((await arrived)[0])]).toEqual(['still here', 'by the channel..'])
      expect(read(await client.request('refresh', []), 'lifetime')).toBe(600)
      expect(turn.counters()).toMatchObject({ allocations: 1, permissions: 1, channels: 1, errorResponses })
    },
  )

  test('a new client can allocate with credentials of the new time', async () => {
    const turn = await startTestServer({ engine: 'dgram' })
    stepWallClock(step)
    const { client } = await connectClient(turn, 'udp', '127.0.0.1', createCredentials('bob'))
    expect(await allocate(client)).toMatchObject({ ip: expect.any(String) as string })
  })

  test('now() advances by the elapsed time only', () => {
    const clock = createSystemClock()
    const before = clock.now()
    stepWallClock(step)
    const [passed, moved] = [clock.now() - before, clock.unixTimeMs() - before]
    expect(passed).toBeGreaterThanOrEqual(0)
    expect(passed).toBeLessThan(200_000)
    expect(Math.abs(moved - step)).toBeLessThan(200_000)
  })

  test('with strict expiry an allocation ends at the same monotonic time', () => {
    const harness = new CoreHarness({ hasStrictExpiry: true })
    const turnClient = harness.client()
    turnClient.credentials = harness.credentials('anna', 500)
    turnClient.allocate()
    harness.wallClockOffsetMs = step
    harness.advance(499_000)
    expect(outcome(turnClient.request('refresh'))).toBe('success')
    harness.advance(1_000)
    harness.sweepExpired()
    expect(harness.state.allocations.size).toBe(0)
  })
})

test('the expiry of a REST name is compared with Unix time', () => {
  const harness = new CoreHarness()
  const late = harness.credentials('anna', 60)
  harness.wallClockOffsetMs = 61_000
  const turnClient = Object.assign(harness.client(), { credentials: late })
  expect(outcome(turnClient.request('allocate', [udp]))).toBe(401)
  harness.wallClockOffsetMs = 59_000
  expect(outcome(turnClient.request('allocate', [udp]))).toBe('success')
})

test('clocks with a shared origin return the same time in ms since 1970', () => {
  const origin = createTimeOrigin()
  const [one, other] = [createSystemClock(origin), createSystemClock(origin)]
  expect(Math.abs(one.now() - other.now())).toBeLessThan(1_000)
  expect(Math.abs(one.now() - Date.now())).toBeLessThan(60_000)
})
