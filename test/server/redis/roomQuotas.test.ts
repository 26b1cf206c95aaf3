import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, vi } from 'vitest'
import { emptyRoomContext } from '../../../machines/room/seats.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { createLog } from '../../../server/common/log.ts'
import { RedisConnection } from '../../../server/redis/connection.ts'
import { RedisStore } from '../../../server/redis/redisStore.ts'
import type { RoomChange } from '../../../server/rooms/store.ts'
import { deadlineMs } from '../../deadline.ts'
import { needs } from '../../needs.ts'
import { ManualClock } from '../manualClock.ts'
import { createSeat } from '../rooms/createSeat.ts'
import { shareRedis } from './shareRedis.ts'

const test = needs('redis')
const quotaKey = 'duet:{quota}:reserved'
const quota = { networkPrefix: '192.0.2.1', perNetwork: 1, total: 10 }
const redis = shareRedis()

async function openStore() {
  const clock = new ManualClock()
  const store = await RedisStore.open([redis.server.url], randomBytes(32), clock, createLog('silent'))
  onTestFinished(() => store.close())
  return { store, clock }
}

const change = (more: Partial<RoomChange> = {}): RoomChange => ({
  version: 0,
  state: 'created',
  context: { ...emptyRoomContext(1), seats: { a: createSeat(1), b: null } },
  effects: [],
  dueAtMs: null,
  quota,
  ...more,
})

/** Makes every reservation older by this time. */
async function age(milliseconds: number): Promise<void> {
  for (const [id, value] of Object.entries(await redis.client.hgetall(quotaKey))) {
    const [network, atUs] = value.split('|') as [string, string]
    await redis.client.hset(quotaKey, id, `${network}|${Number(atUs) - milliseconds * 1_000}`)
    await redis.client.zincrby(`${quotaKey}:due`, -milliseconds, id)
  }
}

/** The next calls of this function fail before they reach Redis. */
function failCalls(name: string): () => void {
  const call = RedisConnection.prototype.call
  const calls = vi.spyOn(RedisConnection.prototype, 'call').mockImplementation(async function (
    this: RedisConnection,
    ...args
  ) {
    if (args[0] === name) throw new ApiError('unavailable')
    return call.apply(this, args)
  })
  onTestFinished(() => void calls.mockRestore())
  return () => void calls.mockRestore()
}

/** Lets the store check reservations until `check` passes. */
const auditUntil = (clock: ManualClock, check: () => Promise<void>): Promise<void> =>
  vi.waitFor(
    async () => {
      clock.advance(1_000)
      await check()
    },
    { timeout: deadlineMs },
  )

const keysLeft = (): Promise<string[]> => redis.client.keys('duet:{quota}:*')

test('the reservation of a room that was never written ends', async () => {
  const { store, clock } = await openStore()
  const heal = failCalls('commit')
  await expect(store.commit('blue-door', change())).rejects.toMatchObject({ errorCode: 'unavailable' })
  heal()
  await expect(store.commit('red-door', change())).rejects.toMatchObject({ errorCode: 'throttled' })
  await age(11_000)
  await auditUntil(clock, async () => expect(await keysLeft()).toEqual([]))
  expect(await store.commit('red-door', change())).not.toBeNull()
})

test('the reservation of a deleted room ends, also if its release failed', async () => {
  const { store, clock } = await openStore()
  await store.commit('blue-door', change())
  const heal = failCalls('release')
  const { version } = await store.load('blue-door')
  await store.commit('blue-door', change({ version, state: 'empty' }))
  heal()
  expect(await keysLeft()).not.toEqual([])
  await age(11_000)
  await auditUntil(clock, async () => expect(await keysLeft()).toEqual([]))
})

test('the reservation of a room that exists stays, and is checked once a minute', async () => {
  const { store, clock } = await openStore()
  await store.commit('blue-door', change())
  await age(11_000)
  const dueAtMs = async () => Number((await redis.client.zrange(`${quotaKey}:due`, '0', '0', 'WITHSCORES'))[1])
  const before = await dueAtMs()
  await auditUntil(clock, async () => expect(await dueAtMs()).toBeGreaterThan(before + 60_000))
  await expect(store.commit('red-door', change())).rejects.toMatchObject({ errorCode: 'throttled' })
})

test('the check of an earlier room does not end a new reservation of its name', async () => {
  const { store, clock } = await openStore()
  const heal = failCalls('commit')
  await store.commit('blue-door', change()).catch(() => undefined)
  await age(11_000)
  await store.commit('blue-door', change()).catch(() => undefined)
  heal()
  const before = await redis.client.hgetall(quotaKey)
  // The earlier reservation is due, and the room does not exist yet.
  const [id] = Object.keys(before)
  await redis.client.zadd(`${quotaKey}:due`, 0, id!)
  await auditUntil(clock, async () => expect(await redis.client.zscore(`${quotaKey}:due`, id!)).not.toBe('0'))
  expect(await store.countRooms()).toBe(0)
  expect(await redis.client.hgetall(quotaKey)).toEqual(before)
})

test('a room that another network creates again counts towards that network', async () => {
  const { store } = await openStore()
  const heal = failCalls('commit')
  await store.commit('blue-door', change()).catch(() => undefined)
  heal()
  const other = { ...quota, networkPrefix: '192.0.2.2' }
  await store.commit('blue-door', change({ quota: other }))
  expect(await store.commit('red-door', change())).not.toBeNull()
  await expect(store.commit('green-door', change({ quota: other }))).rejects.toMatchObject({ errorCode: 'throttled' })
})
