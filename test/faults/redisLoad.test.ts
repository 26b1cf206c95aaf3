import { Redis } from 'ioredis'
import { setTimeout as after } from 'node:timers/promises'
import { expect, onTestFinished, vi } from 'vitest'
import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { systemClock } from '../../server/common/clock.ts'
import { createLog } from '../../server/common/log.ts'
import { Secrets } from '../../server/config/secrets.ts'
import { RedisStore } from '../../server/redis/redisStore.ts'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { startRedisServer } from '../redisServer.ts'
import { httpGet } from '../server/httpGet.ts'
import { readMetrics } from '../server/metricsReader.ts'
import { newSecret, openNode } from '../server/redis/serverNodes.ts'
import { LightPage } from './lightPage.ts'
import { joinByFrames } from './joinByFrames.ts'

const test = needs('redis')
const media = (microphone: boolean) => ({ type: 'media', microphone, camera: true, screen: false }) as const

/** Two servers of a Redis, and the store that they share. */
async function startNodes() {
  const redis = await startRedisServer()
  const secret = newSecret()
  const nodes = await Promise.all([0, 1].map(() => openNode(redis.url, secret)))
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await redis.close()
  })
  return { redis, secret, nodes: nodes as [(typeof nodes)[0], (typeof nodes)[0]] }
}

/** Row 29: most of the time of this test is the outage. */
test('Redis stands still for 60 s: not ready but healthy, joins are unavailable, and each page returns to its seat', async () => {
  const { redis, nodes } = await startNodes()
  const pages = Array.from({ length: 20 }, (_, index) => new LightPage(`room-${index >> 1}`, () => nodes))
  onTestFinished(async () => void (await Promise.all(pages.map((page) => page.close()))))
  for (const page of pages) await page.start()
  redis.process.child.kill('SIGSTOP')
  const statusOf = async (path: string): Promise<number[]> =>
    Promise.all(nodes.map(async ({ server }) => (await httpGet(server.url, path)).status))
  await vi.waitFor(async () => expect(await statusOf('/readyz')).toEqual([503, 503]), { timeout: deadlineMs })
  for (let second = 0; second < 60; second += 5) {
    // Its answer takes 2 s.

    expect(await statusOf('/healthz')).toEqual([200, 200])
    expect(await statusOf('/readyz')).toEqual([503, 503])
    expect(await nodes[0].newClient().join('red-door').rejected()).toBe('unavailable')
    await after(3_000)
  }
  redis.process.child.kill('SIGCONT')
  await vi.waitFor(() => expect(pages.filter(({ isJoined }) => !isJoined)).toEqual([]), { timeout: deadlineMs })
  await vi.waitFor(async () => expect(await statusOf('/readyz')).toEqual([200, 200]), { timeout: deadlineMs })
  expect(pages.filter(({ lossCount, seats }) => lossCount > 0 || seats.size !== 1)).toEqual([])
  expect(pages.flatMap(({ rejections }) => rejections).filter((code) => code !== 'unavailable')).toEqual([])
  await Promise.all(pages.map((page) => page.send(media(true), 1)))
  await vi.waitFor(() => expect(pages.map(({ messages }) => messages.length)).toEqual(pages.map(() => 1)), {
    timeout: deadlineMs,
  })
})

/** Row 31. */
test('a page stops reading while 200,000 events are made: at most 1 MiB waits for it, and it resumes', async () => {
  const { redis, secret, nodes } = await startNodes()
  const log = createLog('silent')
  const store = await RedisStore.open([redis.url], new Secrets([secret]).deriveKeys('room key')[0], systemClock, log)
  const client = new Redis(redis.url)
  onTestFinished(async () => {
    client.disconnect()
    await store.close()
  })
  const ann = nodes[0].newClient().join('blue-door')
  const { epoch } = await ann.joined()
  const { token, client: slow } = await joinByFrames(nodes[1], 'blue-door')
  await ann.expectEvent('ready')
  slow.socket.pause()
  const others = nodes.map((node) => new LightPage('red-door', () => [node]))
  onTestFinished(async () => void (await Promise.all(others.map((page) => page.close()))))
  for (const page of others) await page.start()

  const resuming = ann.expectEvent('peer.disconnected').then(async () => {
    slow.socket.terminate()
    return nodes[0].newClient().join('blue-door', { token }).joined()
  })
  let maxBytes = 0
  for (let seq = 1; seq <= 200_000; seq += 500) {
    const batch = Array.from({ length: 500 }, (_, more) =>
      store.appendMessage({ room: 'blue-door', seat: 'a', epoch }, seq + more, media(more % 2 === 0)),
    )
    expect((await Promise.all(batch)).at(-1)).toMatchObject({ acked: seq + 499 })
    maxBytes = Math.max(maxBytes, (await readMetrics(nodes[1])).duet_ws_buffered_bytes!)
    if (seq % 20_000 === 1) await others[0]!.send(media(true), (seq - 1) / 20_000 + 1)
  }
  expect(maxBytes).toBeLessThanOrEqual(serverLimits.unsentBytesPerSocket)
  await vi.waitFor(() => expect(others[1]!.messages).toHaveLength(10), { timeout: deadlineMs })
  expect(await resuming).toMatchObject({ seat: 'b', resumed: true })
  await ann.expectEvent('peer.reconnected')
  const [box] = (await client.keys('duet:*:b:*')) as [string]
  expect(await client.llen(box)).toBeLessThanOrEqual(limits.mailboxMessages)
})
