import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type RedisServer, startRedisServer } from '../../redisServer.ts'
import { missingTools } from '../../tools.ts'

/** A redis-server and a client of it. Both are there while tests run. */
export interface SharedRedis {
  readonly server: RedisServer
  readonly client: Redis
}

/**
 * One redis-server for the tests of a file, emptied after each test. Call this function at the top of the file. Without
 * the program it starts nothing, because `needs('redis')` then skips the tests.
 */
export function shareRedis(): SharedRedis {
  const shared = {} as { server: RedisServer; client: Redis }
  if (missingTools(['redis']).length > 0) return shared
  beforeAll(async () => {
    shared.server = await startRedisServer()
    shared.client = new Redis(shared.server.url)
  })
  afterEach(async () => void (await shared.client.flushall()))
  afterAll(async () => {
    shared.client.disconnect()
    await shared.server.close()
  })
  return shared
}
