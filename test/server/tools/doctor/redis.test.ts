import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { examine } from '../../../../server/tools/doctor/doctor.ts'
import { needs } from '../../../needs.ts'
import { startRedisServer } from '../../../redisServer.ts'
import { newSecret } from '../../redis/serverNodes.ts'
import { linesOf } from './linesOf.ts'

const test = needs('redis')

const examineRedis = async (url: string): Promise<string[]> =>
  linesOf(
    await examine({
      PORT: '0',
      HOST: '127.0.0.1',
      DUET_ADMIN: 'off',
      DUET_TURN: 'off',
      DUET_STATE: 'off',
      DUET_REDIS_URL: url,
      DUET_SECRET: newSecret(),
    }),
    'Redis',
  )

test('the doctor checks that Redis answers, is new enough and deletes no rooms', async () => {
  const redis = await startRedisServer()
  onTestFinished(() => redis.close())
  expect(await examineRedis(redis.url)).toEqual([expect.stringMatching(/^ok: Redis 7\.\S+ answers\.$/)])
  const client = new Redis(redis.url)
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  client.disconnect()
  expect(await examineRedis(redis.url)).toEqual([expect.stringMatching(/^warning: Redis may delete rooms/)])
  await redis.kill()
  const [finding = ''] = await examineRedis(redis.url)
  expect(finding).toMatch(/^failed: Redis does not answer: .*ECONNREFUSED/)
})

test('the doctor does not repeat the password of Redis', async () => {
  const [finding = ''] = await examineRedis('redis://:open-sesame@127.0.0.1:1')
  expect(finding).toMatch(/^failed/)
  expect(finding).not.toContain('sesame')
})
