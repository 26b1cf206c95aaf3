import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, vi } from 'vitest'
import type { Limits } from '../../../machines/protocol/limits.ts'
import { systemClock } from '../../../server/common/clock.ts'
import { createLog } from '../../../server/common/log.ts'
import { RedisStore } from '../../../server/redis/redisStore.ts'
import { type LobbyVisit, Preparations } from '../../../server/rooms/preparations.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { deadlineMs } from '../../deadline.ts'
import { needs } from '../../needs.ts'
import { startRedisServer } from '../../redisServer.ts'
import { ManualClock } from '../manualClock.ts'
import type { ServerFixture } from '../serverFixture.ts'
import { newJoinKey } from '../testClient.ts'
import { newSecret, openNode } from './serverNodes.ts'
import { freeAllowance } from '../rooms/freeAllowance.ts'
import { shareRedis } from './shareRedis.ts'

const test = needs('redis')
const redis = shareRedis()

async function startNodes(limits: Partial<Limits>): Promise<ServerFixture[]> {
  const secret = newSecret()
  const nodes = [
    await openNode(redis.server.url, secret, { limits }),
    await openNode(redis.server.url, secret, { limits }),
  ]
  onTestFinished(async () => void (await Promise.all(nodes.map((node) => node.close()))))
  return nodes
}

/** The events of all keys of a shared rate. */
async function countEvents(rate: string): Promise<number> {
  const names = await redis.client.keys(`duet:rate:${rate}:*`)
  const counts = await Promise.all(names.map((name) => redis.client.get(name)))
  return counts.reduce((sum, count) => sum + Number(count), 0)
}

describe('two servers of a Redis count together', () => {
  const perMinute = 20
  /** Each server learns the count of the others at its own next event. */
  const slack = 2

  test('the new rooms of one address', async () => {
    const nodes = await startNodes({ newRoomsPerAddressPerMinute: perMinute })
    let created = 0
    for (let attempt = 0; attempt < 2 * perMinute; attempt++) {
      const join = nodes[attempt % 2]!.newClient().join(`room-${attempt}`)
      const item = await join.next()
      if (typeof item === 'object' && 'errorCode' in item) {
        expect(item.errorCode).toBe('throttled')
        continue
      }
      created++
      await vi.waitFor(async () => expect(await countEvents('newRooms')).toBe(created), { timeout: deadlineMs })
    }
    expect(created).toBeGreaterThanOrEqual(perMinute)
    expect(created).toBeLessThanOrEqual(perMinute + slack)
  })

  test('the failed joins of one address', async () => {
    const nodes = await startNodes({ failedJoinsPerAddressPerMinute: perMinute })
    for (const node of nodes) await node.newClient().join('blue-door').joined()
    let failed = 0
    for (let attempt = 0; attempt < 2 * perMinute; attempt++) {
      const code = await nodes[attempt % 2]!.newClient().join('blue-door').rejected()
      if (code === 'throttled') continue
      expect(code).toBe('full')
      failed++
      await vi.waitFor(async () => expect(await countEvents('failedJoins')).toBe(failed), { timeout: deadlineMs })
    }
    expect(failed).toBeGreaterThanOrEqual(perMinute)
    expect(failed).toBeLessThanOrEqual(perMinute + slack)
  })

  /** The rooms of two servers, with the rate limits that they share. */
  async function openRooms() {
    const key = randomBytes(32)
    const log = createLog('silent')
    const open = async () => {
      const store = await RedisStore.open([redis.server.url], key, systemClock, log)
      onTestFinished(() => store.close())
      const rates = store.createRates()
      return { rates, rooms: new RoomService({ store, clock: store.clock, log, rates }) }
    }
    return [await open(), await open()]
  }

  test('the asks of one network at a door', async () => {
    const servers = await openRooms()
    await servers[0]!.rooms.join(
      { room: 'blue-door', joinKey: newJoinKey(), requestedAt: 0, policy: 'ask' },
      freeAllowance,
    )
    const perNetwork = serverLimits.asksPerNetworkPerMinute
    for (let attempt = 0; attempt <= perNetwork; attempt++) {
      const { rooms } = servers[attempt % 2]!
      const asking = rooms.ask('blue-door', { keyHash: `key-${attempt}`, source: 'network' }, 'Ben')
      if (attempt === perNetwork) await expect(asking).rejects.toMatchObject({ errorCode: 'throttled' })
      else await rooms.leaveDoor('blue-door', (await asking)!, true)
    }
  })

  test('the preparations of one room', async () => {
    const servers = await openRooms()
    await servers[0]!.rooms.join({ room: 'blue-door', joinKey: newJoinKey(), requestedAt: 0 }, freeAllowance)
    const perRoom = serverLimits.preparationsPerRoomPerMinute
    const both = servers.map(({ rooms, rates }) => new Preparations(rooms, systemClock, serverLimits, rates))
    for (let attempt = 0; attempt <= perRoom; attempt++) {
      const preparations = both[attempt % 2]!
      const visit: LobbyVisit = {
        room: 'blue-door',
        keyHash: null,
        source: 'network',
        current: null,
        isOver: false,
        notify: () => undefined,
      }
      const requesting = preparations.request(visit)
      if (attempt === perRoom) await expect(requesting).rejects.toMatchObject({ errorCode: 'throttled' })
      else {
        await requesting
        expect(visit.current).not.toBeNull()
        await preparations.leave(visit)
      }
    }
  })
})

test('a shared limit keeps no address and no room name in Redis, and ends after a minute', async () => {
  const store = await RedisStore.open([redis.server.url], randomBytes(32), systemClock, createLog('silent'))
  onTestFinished(() => store.close())
  const { asks } = store.createRates()
  expect(await asks.take('blue-door')).toBe(true)
  const [name, ...others] = await redis.client.keys('duet:rate:*')
  expect(others).toEqual([])
  expect(name).not.toContain('blue')
  expect(await redis.client.pttl(name!)).toBeGreaterThan(0)
  expect(await redis.client.pttl(name!)).toBeLessThanOrEqual(60_000)
})

test('a server remembers a limit that it reached until its minute ends', async () => {
  const clock = new ManualClock()
  const store = await RedisStore.open([redis.server.url], randomBytes(32), clock, createLog('silent'))
  onTestFinished(() => store.close())
  const { preparations } = store.createRates({ ...serverLimits, preparationsPerRoomPerMinute: 2 })
  expect(preparations.remainingShare('blue-door')).toBe(1)
  expect([await preparations.take('blue-door'), await preparations.take('blue-door')]).toEqual([true, true])
  expect(preparations.remainingShare('blue-door')).toBe(0)
  expect(await preparations.take('blue-door')).toBe(false)
  expect(preparations.remainingShare('red-door')).toBe(1)
  clock.advance(60_000)
  expect(preparations.remainingShare('blue-door')).toBe(1)
})

test('while Redis is down, a server counts alone', async () => {
  const own = await startRedisServer()
  onTestFinished(() => own.close())
  const store = await RedisStore.open([own.url], randomBytes(32), systemClock, createLog('silent'))
  onTestFinished(() => store.close())
  const { preparations } = store.createRates({ ...serverLimits, preparationsPerRoomPerMinute: 2 })
  await own.kill()
  const taken = []
  for (let attempt = 0; attempt < 3; attempt++) taken.push(await preparations.take('blue-door'))
  expect(taken).toEqual([true, true, false])
})
