import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { hashTags, slotOf } from '../../../server/redis/hashTags.ts'
import { needs } from '../../needs.ts'
import { startRedisCluster } from '../../redisCluster.ts'
import { missingTools } from '../../tools.ts'
import { answer, offer } from '../testClient.ts'
import { redisContract } from './redisContract.ts'
import { newSecret, openNode } from './serverNodes.ts'

const test = needs('redis')

if (missingTools(['redis']).length === 0) redisContract('redis cluster', startRedisCluster)

test('two servers of a Cluster share rooms, on all masters', async () => {
  const cluster = await startRedisCluster()
  onTestFinished(() => cluster.close())
  const [url, secret] = [cluster.urls.join(','), newSecret()]
  const nodes = [await openNode(url, secret), await openNode(url, secret)] as const
  onTestFinished(async () => void (await Promise.all(nodes.map((node) => node.close()))))
  for (let room = 0; room < 30; room++) {
    const ann = nodes[0].newClient().join(`room-${room}`)
    await ann.joined()
    const ben = nodes[1].newClient().join(`room-${room}`)
    await ben.joined()
    await Promise.all([ann.expectEvent('ready'), ben.expectEvent('ready')])
    await ann.send(offer('a1.1'))
    await ben.expectEvent('message')
    await ben.send(answer('a1.1'))
    await ann.expectEvent('message')
  }
  const rooms = await Promise.all(cluster.urls.map(countRooms))
  expect(rooms.reduce((sum, count) => sum + count)).toBe(30)
  expect(Math.min(...rooms)).toBeGreaterThan(0)
})

test('the slot of a hash tag is the one that Redis computes', async () => {
  const cluster = await startRedisCluster()
  onTestFinished(() => cluster.close())
  const client = new Redis(cluster.urls[0]!)
  for (const tag of ['', 'a', '123456789', ...hashTags.slice(0, 20)])
    expect(slotOf(tag)).toBe(await client.cluster('KEYSLOT', tag))
  client.disconnect()
})

async function countRooms(url: string): Promise<number> {
  const client = new Redis(url)
  const keys = await client.keys('duet:{*}:r:*')
  client.disconnect()
  return keys.length
}
