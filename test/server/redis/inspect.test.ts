import { Redis } from 'ioredis'
import { expect, onTestFinished, vi } from 'vitest'
import { deadlineMs } from '../../deadline.ts'
import { needs } from '../../needs.ts'
import { startRedisServer } from '../../redisServer.ts'
import { offer } from '../testClient.ts'
import { newSecret, openNode } from './serverNodes.ts'

const test = needs('redis')

test('--inspect at one node shows the rooms of another, without their names, while somebody looks', async () => {
  const redis = await startRedisServer()
  const client = new Redis(redis.url)
  const secret = newSecret()
  const nodes = [
    await openNode(redis.url, secret, { hasInspector: true }),
    await openNode(redis.url, secret, { hasInspector: true }),
  ] as const
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    client.disconnect()
    await redis.close()
  })
  const inspectors = () => client.zcard('duet:{nodes}:nodes:inspectors')

  const received: { room: number; entry: { event: string } }[] = []
  const inspection = nodes[0]
    .newAdminClient()
    .trpc.server.rooms.subscribe(undefined, { onData: (each) => void received.push(each) })
  let rooms = 0
  // The other node learns of the inspector with its next renewal.
  await vi.waitFor(
    async () => {
      const ann = nodes[1].newClient().join(`canary-${++rooms}`)
      await ann.joined()
      await ann.leave()
      expect(received.some(({ entry }) => entry.event === 'visitor.joined')).toBe(true)
    },
    { timeout: deadlineMs, interval: 100 },
  )
  const ann = nodes[1].newClient().join('canary-door')
  await ann.joined()
  await ann.send(offer('a1.1'))
  await nodes[0].newClient().join('canary-door').joined()
  const eventsOfDoor = (): string[] => {
    const number = received.find(({ entry }) => entry.event === 'offer.relayed')?.room
    return received.filter(({ room }) => room === number).map(({ entry }) => entry.event)
  }
  await vi.waitFor(() => expect(eventsOfDoor()).toEqual(['visitor.joined', 'offer.relayed', 'visitor.joined']), {
    timeout: deadlineMs,
  })
  expect(JSON.stringify(received)).not.toMatch(/canary|v=0|127\.0\.0/)

  inspection.unsubscribe()
  await vi.waitFor(async () => expect(await inspectors()).toBe(0), { timeout: deadlineMs })
})
