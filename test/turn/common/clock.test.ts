import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newOrigin, systemClock } from '../../../turn/common/clock.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read } from '../../../turn/stun/message.ts'
import { outcome } from '../asker.ts'
import { Desk } from '../desk.ts'
import { allocate, call, login, newPeer, nextData, startEcho, startForTest } from '../line.ts'
import { channelData } from '../packets.ts'

/** A step of the wall clock (NTP, a resumed machine, an administrator) changes no lifetime. */

const steps = [['299 s forward', 299_000], ['an hour forward', 3_600_000], ['an hour back', -3_600_000]] as const
const udp: Attribute = ['requestedTransport', 17]

beforeEach(() => takeWallClock())
afterEach(() => { vi.useRealTimers() })

/** `Date` and intervals obey the test; other timers and the monotonic clock run on. */
const takeWallClock = (): void => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })

/** Two sweeps follow, which free everything that they take for expired. */
function stepWallClock(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds)
  vi.advanceTimersByTime(2_000)
}

describe.each(steps)('when the wall clock steps %s', (_, step) => {
  test.each(['udp', 'tcp'] as const)('a client over %s keeps its allocation, permissions, channels and nonce', async (transport) => {
    const turn = await startForTest()
    const [peer, other] = [await startEcho(), await newPeer()]
    const { client } = await call(turn, transport)
    await allocate(client)
    await client.request('createPermission', [['xorPeerAddress', peer]])
    await client.request('channelBind', [['channelNumber', 0x4000], ['xorPeerAddress', { ip: '127.0.0.1', port: other.address().port }]])
    stepWallClock(step)
    const { refused } = turn.counters()
    const heard = nextData(client)
    client.sendData(peer, Buffer.from('still here'))
    const arrived = once(other, 'message')
    client.wire!.send(channelData(0x4000, Buffer.from('by the channel..')))
    expect([(await heard)[0], String((await arrived)[0])]).toEqual(['still here', 'by the channel..'])
    expect(read(await client.request('refresh', []), 'lifetime')).toBe(600)
    expect(turn.counters()).toMatchObject({ allocations: 1, permissions: 1, channels: 1, refused })
  })

  test('a client that is new gets an allocation with credentials of the new time', async () => {
    const turn = await startForTest()
    stepWallClock(step)
    const { client } = await call(turn, 'udp', '127.0.0.1', login('bob'))
    expect(await allocate(client)).toMatchObject({ ip: expect.any(String) as string })
  })

  test('the clock of lifetimes goes on by the time that passed', () => {
    const clock = systemClock()
    const before = clock.now()
    stepWallClock(step)
    const [passed, moved] = [clock.now() - before, clock.unixTime() - before]
    expect(passed).toBeGreaterThanOrEqual(0)
    expect(passed).toBeLessThan(200_000)
    expect(Math.abs(moved - step)).toBeLessThan(200_000)
  })

  test('an allocation of a strict server ends as late as it would have', () => {
    const desk = new Desk({ isStrict: true })
    const asker = desk.client()
    asker.login = desk.credentials('anna', 500)
    asker.allocate()
    desk.wallStep = step
    desk.advance(499_000)
    expect(outcome(asker.ask('refresh'))).toBe('success')
    desk.advance(1_000)
    desk.expire()
    expect(desk.core.allocations.size).toBe(0)
  })
})

test('the expiry of a REST name is Unix time', () => {
  const desk = new Desk()
  const late = desk.credentials('anna', 60)
  desk.wallStep = 61_000
  const asker = Object.assign(desk.client(), { login: late })
  expect(outcome(asker.ask('allocate', [udp]))).toBe(401)
  desk.wallStep = 59_000
  expect(outcome(asker.ask('allocate', [udp]))).toBe('success')
})

test('threads that share an origin show the same time, in milliseconds since 1970', () => {
  const origin = newOrigin()
  const [one, other] = [systemClock(origin), systemClock(origin)]
  expect(Math.abs(one.now() - other.now())).toBeLessThan(1_000)
  expect(Math.abs(one.now() - Date.now())).toBeLessThan(60_000)
})
