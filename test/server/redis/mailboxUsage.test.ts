import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, vi } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { emptyRoomContext } from '../../../machines/room/seats.ts'
import { createLog } from '../../../server/common/log.ts'
import { RedisStore } from '../../../server/redis/redisStore.ts'
import type { RoomChange } from '../../../server/rooms/store.ts'
import { deadlineMs } from '../../deadline.ts'
import { needs } from '../../needs.ts'
import { ManualClock } from '../manualClock.ts'
import { createSeat } from '../rooms/createSeat.ts'
import { offer } from '../testClient.ts'
import { shareRedis } from './shareRedis.ts'

const test = needs('redis')
const usageKey = 'duet:{usage}:mailboxes'
const key = randomBytes(32)
const offerBytes = 10_000
const redis = shareRedis()

const large = (n: number) => ({ ...offer(`a1.${n}`), sdp: `v=0${'x'.repeat(offerBytes)}` }) as ReturnType<typeof offer>

/** A store of one node with these limits, and senders in its rooms. */
async function openMailboxes(limits: { mailboxBytesPerNetwork?: number; mailboxBytesTotal?: number } = {}) {
  const clock = new ManualClock()
  const store = await RedisStore.open([redis.server.url], key, clock, createLog('silent'), {
    ...serverLimits,
    ...limits,
  })
  onTestFinished(() => store.close())
  const acked = new Map<string, number>()
  const mailboxIds = new Map<string, string>()
  const commit = async (room: string, more: Partial<RoomChange> = {}) =>
    store.commit(room, {
      version: (await store.load(room)).version,
      state: 'ready',
      context: { ...emptyRoomContext(2), seats: { a: createSeat(1), b: createSeat(2) } },
      effects: [],
      dueAtMs: null,
      ...more,
    })
  return {
    store,
    commit,
    async createRooms(count: number, name = 'room'): Promise<string[]> {
      const rooms = Array.from({ length: count }, (_, n) => `${name}-${n}`)
      for (const room of rooms) mailboxIds.set(room, (await commit(room))!.b.mailboxId)
      return rooms
    },
    async send(room: string, address: string, message = large((acked.get(room) ?? 0) + 1)) {
      const answer = await store.appendMessage(
        { room, seat: 'a', epoch: 1 },
        (acked.get(room) ?? 0) + 1,
        message,
        address,
      )
      if (typeof answer === 'object') acked.set(room, answer.acked)
      return answer
    },
    /** The connections of the offers in the mailbox of seat b. */
    async listKeptOffers(room: string): Promise<string[]> {
      const [position, claim] = [{ mailboxId: mailboxIds.get(room)!, seq: 0 }, { room, seat: 'b', epoch: 2 } as const]
      const result = await store.read(claim, position)
      const rest = result.type === 'truncated' ? await store.read(claim, { ...position, seq: result.lastSeq }) : result
      if (rest.type !== 'events') return []
      return rest.events.flatMap((event) =>
        event.type === 'message' && event.message.type === 'offer' ? [event.message.connection] : [],
      )
    },
    /** Reports the mailboxes until `check` passes. */
    reportUntil: (check: () => Promise<void>): Promise<void> =>
      vi.waitFor(
        async () => {
          clock.advance(1_000)
          await check()
        },
        { timeout: deadlineMs },
      ),
  }
}

/** Bytes of all mailboxes in Redis. */
async function storedBytes(): Promise<number> {
  const names = await redis.client.keys('duet:{*}:[ab]:*')
  const lists = await Promise.all(names.map((name) => redis.client.lrange(name, 0, -1)))
  return lists.flat().reduce((sum, text) => sum + text.length, 0)
}

const reportedBytes = async (): Promise<number> => Number(await redis.client.get(`${usageKey}:total`))

test('mailboxes of one network have a limit, and each keeps its newest negotiation', async () => {
  const limit = 500_000
  const { createRooms, send, listKeptOffers, reportUntil } = await openMailboxes({ mailboxBytesPerNetwork: limit })
  const rooms = await createRooms(20)
  for (let round = 1; round <= 8; round++)
    for (const room of rooms) expect(await send(room, '192.0.2.1')).toMatchObject({ acked: round })
  expect(await storedBytes()).toBeGreaterThan(2 * limit)
  await reportUntil(async () => expect(await storedBytes()).toBeLessThanOrEqual(limit))
  // The fullest ones lost their events, and none of them everything.
  expect(await storedBytes()).toBeGreaterThan(limit / 4)
  for (const room of rooms) expect((await listKeptOffers(room)).at(-1)).toBe('a1.8')
  await reportUntil(async () => expect(await reportedBytes()).toBe(await storedBytes()))
  expect(await send(rooms[0]!, '192.0.2.1')).toMatchObject({ acked: 9 })
})

test('the limit of a network counts the mailboxes that all nodes filled', async () => {
  const limit = 200_000
  const nodes = [
    await openMailboxes({ mailboxBytesPerNetwork: limit }),
    await openMailboxes({ mailboxBytesPerNetwork: limit }),
  ]
  for (const [n, { createRooms, send }] of nodes.entries())
    for (const room of await createRooms(5, `node-${n}`))
      for (let round = 0; round < 3; round++) await send(room, '192.0.2.1')
  expect(await storedBytes()).toBeGreaterThan(limit)
  await nodes[0]!.reportUntil(async () => expect(await reportedBytes()).toBeGreaterThan(0))
  await nodes[1]!.reportUntil(async () => expect(await storedBytes()).toBeLessThanOrEqual(limit))
})

test('mailboxes have a total limit: a flood from 50 networks drops nothing of a quiet network', async () => {
  const limit = 400_000
  const { createRooms, send, listKeptOffers, reportUntil } = await openMailboxes({ mailboxBytesTotal: limit })
  const [calm] = await createRooms(1, 'calm')
  for (let n = 1; n <= 3; n++) await send(calm!, '198.51.100.1', offer(`a9.${n}`))
  const rooms = await createRooms(50)
  for (let round = 0; round < 3; round++) for (const [n, room] of rooms.entries()) await send(room, `192.0.2.${n % 50}`)
  await reportUntil(async () => expect(await reportedBytes()).toBe(await storedBytes()))
  // Each room keeps one event, and nothing more can be dropped.
  await reportUntil(async () => expect(await storedBytes()).toBeLessThan(50 * 1.1 * offerBytes))
  expect(await listKeptOffers(calm!)).toEqual(['a9.1', 'a9.2', 'a9.3'])
  expect(await send(calm!, '198.51.100.1', offer('a9.4'))).toMatchObject({ acked: 4 })
  expect(await send(rooms[0]!, '192.0.2.0')).toBe('throttled')
})

test('a network whose mailboxes hold one event each is throttled until one of them ends', async () => {
  const { createRooms, commit, send, reportUntil } = await openMailboxes({ mailboxBytesPerNetwork: 35_000 })
  const rooms = await createRooms(4)
  for (const room of rooms) expect(await send(room, '192.0.2.1')).toMatchObject({ acked: 1 })
  await reportUntil(async () => expect(await send(rooms[0]!, '192.0.2.1')).toBe('throttled'))
  expect(await send(rooms[0]!, '192.0.2.2')).toMatchObject({ isNew: true })
  const context = emptyRoomContext(2)
  await commit(rooms[1]!, { state: 'empty', context })
  await commit(rooms[2]!, { state: 'empty', context })
  await reportUntil(async () => expect(await send(rooms[3]!, '192.0.2.1')).toMatchObject({ isNew: true }))
})

test('a mailbox that nobody fills is measured again, and an expired one counts no longer', async () => {
  const { createRooms, send, reportUntil } = await openMailboxes()
  const [room, other] = await createRooms(2)
  await send(room!, '192.0.2.1')
  await send(other!, '192.0.2.2')
  await reportUntil(async () => expect(await reportedBytes()).toBe(await storedBytes()))
  for (const name of await redis.client.keys('duet:{*}:b:*')) {
    await redis.client.del(name)
    break
  }
  for (const mailbox of await redis.client.zrange(`${usageKey}:due`, '0', '-1'))
    await redis.client.zadd(`${usageKey}:due`, 0, mailbox)
  await reportUntil(async () => expect(await reportedBytes()).toBe(await storedBytes()))
  expect(await redis.client.hlen(usageKey)).toBe(1)
  expect(await redis.client.zcard(`${usageKey}:due`)).toBe(1)
  expect(await redis.client.keys(`${usageKey}:of:*`)).toHaveLength(1)
})
