import { Redis } from 'ioredis'
import { afterEach, describe, expect, onTestFinished, vi } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { type RedisServer, startRedisServer } from '../redisServer.ts'
import { httpGet } from '../server/httpGet.ts'
import { newSecret, openNode } from '../server/redis/serverNodes.ts'
import type { ServerFixture } from '../server/serverFixture.ts'
import type { Overrides } from '../../server/startServer.ts'
import { LightPage } from './lightPage.ts'
import { useServerProcess } from '../server/serverProcess.ts'
import { offer, TestClient, type TestSubscription } from '../server/testClient.ts'

const test = needs('redis')
const room = 'blue-door'
const media = (microphone: boolean) => ({ type: 'media', microphone, camera: true, screen: false }) as const

const started: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.close()
})

async function startRedis(more: readonly string[] = []): Promise<RedisServer> {
  const redis = await startRedisServer(more)
  started.push(redis)
  return redis
}

/** Two servers of a Redis. */
async function startNodes(redis: RedisServer, overrides: Overrides = {}): Promise<[ServerFixture, ServerFixture]> {
  const secret = newSecret()
  const nodes = await Promise.all([0, 1].map(() => openNode(redis.url, secret, overrides)))
  started.push(...nodes)
  return nodes as [ServerFixture, ServerFixture]
}

/** Ann joins at the first node, and Ben at the second one. */
async function startCall([first, second]: [{ newClient(): TestClient }, { newClient(): TestClient }]) {
  const [annClient, benClient] = [first.newClient(), second.newClient()]
  const ann = annClient.join(room)
  const annIsIn = await ann.joined()
  const ben = benClient.join(room)
  const benIsIn = await ben.joined()
  const { id: annsPosition } = await ann.expectEvent('ready')
  const { id: bensPosition } = await ben.expectEvent('ready')
  return { ann, annIsIn, annClient, annsPosition, ben, benIsIn, benClient, bensPosition }
}

const statusOf = async ({ server }: ServerFixture, path: string): Promise<number> =>
  (await httpGet(server.url, path)).status

const waitForReady = (node: ServerFixture, status: number): Promise<void> =>
  vi.waitFor(async () => expect(await statusOf(node, '/readyz')).toBe(status), { timeout: deadlineMs, interval: 100 })

/** Resolves when the subscription has ended. */
async function ended(subscription: TestSubscription): Promise<void> {
  for (;;) {
    const item = await subscription.next()
    if (item === 'completed' || 'errorCode' in item) return
  }
}

describe('while Redis does not answer', () => {
  test('a short outage closes no socket, and the messages of that time arrive after it', async () => {
    const redis = await startRedis()
    const { ann, ben } = await startCall(await startNodes(redis))
    redis.process.child.kill('SIGSTOP')
    const sent = ann.send(offer('a1.1'))
    redis.process.child.kill('SIGCONT')
    expect(await sent).toBe(1)
    await ben.expectEvent('message')
  })

  test('a longer outage refuses joins as unavailable, is not ready but healthy, and heals by itself', async () => {
    const redis = await startRedis()
    const nodes = await startNodes(redis)
    const { ann, annIsIn, annsPosition, ben, benIsIn, bensPosition } = await startCall(nodes)
    redis.process.child.kill('SIGSTOP')
    expect(await nodes[0].newClient().join('red-door').rejected()).toBe('unavailable')
    for (const node of nodes) await waitForReady(node, 503)
    expect(await statusOf(nodes[0], '/healthz')).toBe(200)
    await Promise.all([ended(ann), ended(ben)])

    redis.process.child.kill('SIGCONT')
    for (const node of nodes) await waitForReady(node, 200)
    const annAgain = nodes[1].newClient().join(room, { token: annIsIn.token, lastEventId: annsPosition })
    expect(await annAgain.joined()).toMatchObject({ seat: 'a', resumed: true })
    const benAgain = nodes[0].newClient().join(room, { token: benIsIn.token, lastEventId: bensPosition })
    expect(await benAgain.joined()).toMatchObject({ seat: 'b', resumed: true })
    expect(await nodes[0].newClient().join(room).rejected()).toBe('full')
    await annAgain.send(media(true))
    for (;;) {
      const item = await benAgain.next()
      if (item === 'completed' || 'errorCode' in item) throw new Error('the subscription ended')
      if (item.event.type === 'message') break
    }
  })

  test('servers that lost their leases in an outage subscribe under their new ids', async () => {
    const redis = await startRedis()
    const nodes = await startNodes(redis)
    const client = new Redis(redis.url)
    onTestFinished(() => client.disconnect())
    const channels = async () => (await client.call('PUBSUB', 'SHARDCHANNELS')) as string[]
    const earlier = await channels()
    redis.process.child.kill('SIGSTOP')
    for (const node of nodes) await node.waitForLog('lease lost: closing sockets')
    // In this time the subscriptions under the new ids get no answer.
    const renewal = 'lease not renewed'
    for (const { logLines, waitForLog } of nodes)
      await waitForLog(renewal, logLines.filter((line) => line.includes(renewal)).length + 2)
    redis.process.child.kill('SIGCONT')
    await vi.waitFor(
      async () => {
        const now = await channels()
        expect(now).toHaveLength(earlier.length)
        expect(now.filter((name) => earlier.includes(name))).toEqual([])
      },
      { timeout: deadlineMs, interval: 100 },
    )
  })

  test('a server starts without Redis, and becomes ready when Redis comes', async () => {
    const redis = await startRedis()
    await redis.kill()
    const node = await openNode(redis.url, newSecret())
    started.push(node)
    expect(await statusOf(node, '/readyz')).toBe(503)
    expect(await node.newClient().join(room).rejected()).toBe('unavailable')
    await redis.restart()
    await waitForReady(node, 200)
    expect(await node.newClient().join(room).joined()).toMatchObject({ seat: 'a' })
  })
})

describe('when Redis restarts without its last writes', () => {
  test('holders of lost seats keep them with their tokens, readers get resync, and nobody else gets in', async () => {
    const redis = await startRedis()
    const nodes = await startNodes(redis, { holdMs: 1_000 })
    const { ann, annIsIn, ben, benIsIn } = await startCall(nodes)
    await ann.send(media(true))
    const { id: seen } = await ben.expectEvent('message')
    const client = new Redis(redis.url)
    await client.save()
    client.disconnect()
    // Lost: a message, and a new token of Ann.
    await ann.send(media(false))
    const { id: lost } = await ben.expectEvent('message')
    const annLater = nodes[1].newClient().join(room, { token: annIsIn.token, lastEventId: annIsIn.id })
    const { token } = await annLater.joined()
    await redis.restart()
    await Promise.all([ended(annLater), ended(ben)])

    const join = (node: ServerFixture, more: object) =>
      vi.waitFor(
        async () => {
          const subscription = node.newClient().join(room, more)
          return { subscription, joined: await subscription.joined() }
        },
        { timeout: deadlineMs, interval: 100 },
      )
    const bens = await join(nodes[0], { token: benIsIn.token, lastEventId: lost })
    expect(bens.joined).toMatchObject({ seat: 'b', resumed: true })
    await bens.subscription.expectEvent('resync')
    const anns = await join(nodes[1], { token, lastEventId: seen })
    expect(anns.joined.seat).toBe('a')
    expect(anns.joined.epoch).toBeGreaterThan(benIsIn.epoch)
    await anns.subscription.expectEvent('resync')
    // A replaced token stays invalid, and the room stays full.
    expect(await nodes[0].newClient().join(room, { token: annIsIn.token }).rejected()).toBe('seat-lost')
    expect(await nodes[0].newClient().join(room).rejected()).toBe('full')
  })

  test.each<[string, (redis: RedisServer, client: Redis) => Promise<unknown>]>([
    ['restarts without data', (redis) => redis.restart()],
    ['runs FLUSHALL', (_, client) => client.flushall()],
  ])('a Redis that %s gives the seats to their holders before a stranger', async (_, lose) => {
    const redis = await startRedis()
    // Only the end of the hold would give the stranger an answer.
    const nodes = await startNodes(redis, { holdMs: 10 * deadlineMs })
    const { annIsIn, ann, ben, benIsIn } = await startCall(nodes)
    const client = new Redis(redis.url)
    onTestFinished(() => client.disconnect())
    const strangers = nodes.map((node) => node.newClient())
    // Their sockets are open, so that their joins are the first ones.
    for (const stranger of strangers) expect(await stranger.join(room).rejected()).toBe('full')
    await lose(redis, client)
    await client.ping()
    const attempts = strangers.map((stranger) => stranger.join(room))
    await Promise.all([ended(ann), ended(ben)])
    const annAgain = nodes[1].newClient().join(room, { token: annIsIn.token, mediaFlow: 'flowing' })
    expect(await annAgain.joined()).toMatchObject({ seat: 'a' })
    expect(await nodes[0].newClient().join(room, { token: benIsIn.token }).joined()).toMatchObject({ seat: 'b' })
    // While Redis restarts, a join may also be rejected.
    for (const { unread } of attempts)
      expect(unread.filter((item) => item === 'completed' || !('errorCode' in item))).toEqual([])
  })

  test('a stranger gets a seat that no holder wants after the hold', async () => {
    const redis = await startRedis()
    const nodes = await startNodes(redis, { holdMs: 1_000 })
    await startCall(nodes)
    const client = new Redis(redis.url)
    onTestFinished(() => client.disconnect())
    await client.flushall()
    expect(await nodes[0].newClient().join(room).joined()).toMatchObject({ seat: 'a', state: 'created' })
  })

  test('the seat of a holder that left in the lost time is freed', async () => {
    const redis = await startRedis()
    const nodes = await startNodes(redis)
    const { ann, ben, benIsIn } = await startCall(nodes)
    const client = new Redis(redis.url)
    onTestFinished(() => client.disconnect())
    await client.save()
    await ann.leave()
    await Promise.all([ended(ann), ben.expectEvent('peer.left')])
    await redis.restart()
    await ended(ben)
    const benAgain = nodes[0].newClient().join(room, { token: benIsIn.token })
    expect((await benAgain.joined()).peer).toBe('connected')
    await benAgain.expectEvent('peer.disconnected')
  })
})

describe('when servers end', () => {
  const { start } = useServerProcess()
  const clients: TestClient[] = []
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())))

  /** A process of the build. */
  async function startProcess(redis: RedisServer, secret: string) {
    const {
      url,
      child,
      ended: hasEnded,
    } = await start({ DUET_REDIS_URL: redis.url, DUET_SECRET: secret, DUET_TURN: 'off', DUET_STATE: 'off' })
    const newClient = (): TestClient => {
      const client = new TestClient(url)
      clients.push(client)
      return client
    }
    return { child, ended: hasEnded, newClient }
  }

  test('one after the other, no call of 100 loses a seat or a message, and pages move over 8 s', async () => {
    const [redis, secret, callCount] = [await startRedis(), newSecret(), 100]
    const nodes = [
      await startProcess(redis, secret),
      await startProcess(redis, secret),
      await startProcess(redis, secret),
    ]
    const calls = Array.from({ length: callCount }, (_, call) =>
      [0, 1].map(() => new LightPage(`room-${call}`, () => nodes)),
    ) as [LightPage, LightPage][]
    onTestFinished(async () => void (await Promise.all(calls.flat().map((page) => page.close()))))
    for (const [ann, ben] of calls) {
      await ann.start()
      await ben.start()
    }
    for (const index of nodes.keys()) {
      const { child, ended: hasEnded } = nodes[index]!
      child.kill('SIGTERM')
      nodes[index] = await startProcess(redis, secret)
      expect(await hasEnded).toEqual([0, null])
      await vi.waitFor(() => expect(calls.flat().filter(({ isJoined }) => !isJoined)).toEqual([]), {
        timeout: deadlineMs,
      })
      await Promise.all(calls.map(([ann]) => ann.send(media(true), index + 1)))
    }
    const counts = () => calls.map(([, ben]) => ben.messages.length)
    await vi.waitFor(() => expect(counts()).toEqual(counts().map(() => nodes.length)), { timeout: deadlineMs })
    const pages = calls.flat()
    expect(pages.filter(({ lossCount }) => lossCount > 0)).toEqual([])
    expect(pages.filter(({ seats }) => seats.size !== 1)).toEqual([])
    expect(pages.flatMap(({ rejections }) => rejections)).toEqual([])
    // Row 27: pages move over at least 8 of the 10 s. With so many rooms the delays of each restart do.
    const delaysMs = pages.flatMap(({ moveDelaysMs }) => moveDelaysMs)
    expect(Math.max(...delaysMs) - Math.min(...delaysMs)).toBeGreaterThan(8_000)
    expect(pages.reduce((sum, { joinCount }) => sum + joinCount, 0)).toBeGreaterThanOrEqual(3 * callCount)
  })

  test('the holders of a killed one resume at another one, and lose nothing', async () => {
    const [redis, secret] = [await startRedis(), newSecret()]
    const nodes = await Promise.all([startProcess(redis, secret), startProcess(redis, secret)])
    const { annIsIn, annsPosition, ben } = await startCall(nodes as never)
    nodes[0]!.child.kill('SIGKILL')
    await ben.send(offer('b1.1'))
    const again = nodes[1]!.newClient().join(room, { token: annIsIn.token, lastEventId: annsPosition })
    expect(await again.joined()).toMatchObject({ seat: 'a', resumed: true, id: annsPosition })
    expect(await again.expectEvent('message')).toMatchObject({ message: { type: 'offer', connection: 'b1.1' } })
    expect(await again.send(media(true))).toBe(1)
    await ben.expectEvent('peer.reconnected')
    expect(await ben.expectEvent('message')).toMatchObject({ message: media(true) })
  })

  test('another one disconnects the holders of a killed one that do not return, and frees their door', async () => {
    const [redis, secret] = [await startRedis(), newSecret()]
    const nodes = await Promise.all([startProcess(redis, secret), startProcess(redis, secret)])
    const { ben } = await startCall(nodes as never)
    const other = nodes[1]!.newClient().join('red-door', { policy: 'ask' })
    await other.joined()
    const visit = nodes[0]!.newClient().visit('red-door', { joinKey: 'k'.repeat(43), name: 'Cara' })
    await visit.until({ ask: 'asking' })
    expect((await other.expectEvent('door')).visitor).not.toBeNull()
    nodes[0]!.child.kill('SIGKILL')
    await ben.expectEvent('peer.disconnected')
    expect((await other.expectEvent('door')).visitor).toBeNull()
  })
})

test('of two visitors that enter an empty room at two nodes at once, one is the first, 1,000 times', async () => {
  const unlimited = {
    newRoomsPerSocketPerMinute: 1e6,
    newRoomsPerAddressPerMinute: 1e6,
    messagesPerSecond: 1e6,
    messageBurst: 1e6,
  }
  const nodes = await startNodes(await startRedis(), { limits: unlimited })
  const clients = nodes.map((node) => node.newClient())
  for (let round = 0; round < 1_000; round++) {
    const visits = clients.map((client) => client.join(`room-${round}`))
    const joins = await Promise.all(visits.map((visit) => visit.joined()))
    expect(joins.map(({ seat, state }) => `${seat} ${state}`).sort()).toEqual(['a created', 'b ready'])
    await Promise.all(visits.map((visit) => visit.leave()))
  }
})
