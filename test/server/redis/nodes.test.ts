import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect } from 'vitest'
import { missingTools } from '../../tools.ts'
import { needs } from '../../needs.ts'
import { type RedisServer, startRedisServer } from '../../redisServer.ts'
import { readMetrics } from '../metricsReader.ts'
import { httpGet } from '../httpGet.ts'
import type { ServerFixture } from '../serverFixture.ts'
import { answer, errorCodeOf, newJoinKey, offer } from '../testClient.ts'
import { newSecret, openNode } from './serverNodes.ts'

const test = needs('redis')
const secret = newSecret()
let redis: RedisServer
let nodes: [ServerFixture, ServerFixture]
let rooms = 0
/** A room of one test. */
const newRoom = (): string => `blue-door-${++rooms}`

if (missingTools(['redis']).length === 0) {
  beforeAll(async () => {
    redis = await startRedisServer()
    nodes = [await openNode(redis.url, secret), await openNode(redis.url, secret)]
  })
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await redis.close()
  })
}

/** Ann joins at the first node, and Ben at the second one. */
async function startCall(room = newRoom()) {
  const [annClient, benClient] = [nodes[0].newClient(), nodes[1].newClient()]
  const ann = annClient.join(room)
  const annIsIn = await ann.joined()
  const ben = benClient.join(room)
  const benIsIn = await ben.joined()
  await ann.expectEvent('ready')
  await ben.expectEvent('ready')
  return { room, ann, annIsIn, annClient, ben, benIsIn, benClient }
}

test('two visitors at two nodes get the two seats, and a third one finds the room full', async () => {
  const { room, annIsIn, benIsIn } = await startCall()
  expect([annIsIn.seat, benIsIn.seat, benIsIn.peer]).toEqual(['a', 'b', 'connected'])
  expect(await nodes[0].newClient().join(room).rejected()).toBe('full')
})

test('messages between nodes arrive in order, once, and are acknowledged', async () => {
  const { ann, ben } = await startCall()
  const first = offer('a1.1')
  const acks = [first, { type: 'media', microphone: true, camera: true, screen: false } as const].map((message) =>
    ann.send(message),
  )
  expect(await Promise.all(acks)).toEqual([1, 2])
  expect(await ben.expectEvent('message')).toMatchObject({ message: first })
  expect(await ben.expectEvent('message')).toMatchObject({ message: { type: 'media' } })
  expect(await ben.send(answer('a1.1'))).toBe(1)
  expect(await ann.expectEvent('message')).toMatchObject({ message: { type: 'answer' } })
})

test('a holder resumes its seat at the other node, and misses nothing', async () => {
  const { room, ann, ben, benIsIn, benClient } = await startCall()
  await benClient.terminate()
  await ann.expectEvent('peer.disconnected')
  const missed = offer('a1.1')
  await ann.send(missed)
  const again = nodes[0].newClient().join(room, { token: benIsIn.token, lastEventId: benIsIn.id })
  expect(await again.joined()).toMatchObject({ seat: 'b', resumed: true, state: 'ready' })
  expect(await again.expectEvent('ready')).toBeDefined()
  expect(await again.expectEvent('message')).toMatchObject({ message: missed })
  expect(ben.unread.filter((item) => item !== 'completed' && 'event' in item)).toEqual([])
  await ann.expectEvent('peer.reconnected')
})

test('a newer socket at another node replaces the older one', async () => {
  const { room, ben, benIsIn } = await startCall()
  await nodes[0].newClient().join(room, { token: benIsIn.token, lastEventId: benIsIn.id }).joined()
  await ben.expectEvent('seat.replaced')
})

test('a holder that leaves frees its seat for a visitor at another node', async () => {
  const { room, ann, ben } = await startCall()
  await ben.leave()
  await ann.expectEvent('peer.left')
  expect(await nodes[0].newClient().join(room).joined()).toMatchObject({ seat: 'b' })
})

test('a token of a released seat is lost at every node', async () => {
  const { room, ben, benIsIn } = await startCall()
  await ben.leave()
  for (const node of nodes)
    expect(await node.newClient().join(room, { token: benIsIn.token }).rejected()).toBe('seat-lost')
})

test('a visitor at one node asks a holder at another, who admits it', async () => {
  const [room, joinKey] = [newRoom(), newJoinKey()]
  const ann = nodes[0].newClient().join(room, { policy: 'ask' })
  await ann.joined()
  const benClient = nodes[1].newClient()
  const visit = benClient.visit(room, { joinKey, name: 'Ben' })
  await visit.until({ ask: 'asking' })
  const { visitor } = await ann.expectEvent('door')
  await ann.answerVisitor(visitor!.id, true)
  await visit.until({ ask: 'admitted' })
  expect(await benClient.join(room, { joinKey }).joined()).toMatchObject({ seat: 'b' })
})

test('a visit at one node sees the room of another change', async () => {
  const room = newRoom()
  const visit = nodes[1].newClient().visit(room)
  await visit.until({ occupancy: 'empty' })
  const ann = nodes[0].newClient().join(room)
  await ann.joined()
  await visit.until({ occupancy: 'waiting' })
  await ann.leave()
  await visit.until({ occupancy: 'empty' })
})

test('traces and transient events reach the other node', async () => {
  const room = newRoom()
  const ann = nodes[0].newClient().join(room, { includeTrace: true })
  await ann.joined()
  await ann.expectEvent('room.trace')
  await nodes[1].newClient().join(room).joined()
  for (;;) {
    const item = await ann.next()
    if (item === 'completed' || 'errorCode' in item) throw new Error(`no trace: ${JSON.stringify(item)}`)
    if (item.event.type === 'room.trace' && item.event.entry.fields.seat === 'b') break
  }
})

test('of visitors that enter an empty room at two nodes at once, one is the first', async () => {
  for (let round = 0; round < 20; round++) {
    const room = newRoom()
    const joins = await Promise.all(nodes.map((node) => node.newClient().join(room).joined()))
    expect(joins.map(({ seat }) => seat).sort()).toEqual(['a', 'b'])
    expect(joins.map(({ state }) => state).sort()).toEqual(['created', 'ready'])
  }
})

test('Redis contains no room name and no token', async () => {
  const { room, annIsIn, benIsIn, ann } = await startCall()
  await ann.send(offer('a1.1'))
  const client = new Redis(redis.url)
  const texts: string[] = []
  for (const key of await client.keys('*')) {
    texts.push(key)
    const type = await client.type(key)
    if (type === 'hash') texts.push(JSON.stringify(await client.hgetall(key)))
    if (type === 'list') texts.push(...(await client.lrange(key, 0, -1)))
    if (type === 'set') texts.push(...(await client.smembers(key)))
    if (type === 'zset') texts.push(...(await client.zrange(key, '0', '-1')))
  }
  client.disconnect()
  expect(texts.some((text) => text.includes('"type":"offer"'))).toBe(true)
  for (const secretText of [room, annIsIn.token, benIsIn.token])
    expect(texts.filter((text) => text.includes(secretText))).toEqual([])
})

test('the metrics count nodes, rooms of all nodes, and reads that needed no call of Redis', async () => {
  const { ann, ben } = await startCall()
  await ann.send(offer('a1.1'))
  await ben.expectEvent('message')
  const [first, second] = [await readMetrics(nodes[0]), await readMetrics(nodes[1])]
  expect(first.duet_rooms).toBe(second.duet_rooms)
  expect(second).toMatchObject({ duet_store_available: 1, duet_store_nodes: 2 })
  expect(second['duet_store_reads_total{source="wake_up"}']).toBeGreaterThan(0)
  expect((await httpGet(nodes[0].server.url, '/readyz')).status).toBe(200)
})

test('a message without a seat is rejected at a shared store, too', async () => {
  const { room, ben } = await startCall()
  await ben.leave()
  expect(await errorCodeOf(ben.send(offer()))).toMatch(/not-joined|seat-lost/)
  expect(room).toBeDefined()
})
