import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { systemClock } from '../../../server/common/clock.ts'
import { RedisStore } from '../../../server/redis/redisStore.ts'
import { missingTools } from '../../tools.ts'
import { type RedisServer, startRedisServer } from '../../redisServer.ts'
import { storeContract } from '../rooms/store.contract.ts'

const key = randomBytes(32)
const log = createLog('silent')
let server: RedisServer
let client: Redis
const stores: RedisStore[] = []

if (missingTools(['redis']).length === 0) {
  beforeAll(async () => {
    server = await startRedisServer()
    client = new Redis(server.url)
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    await client.flushall()
  })
  afterAll(async () => {
    client.disconnect()
    await server.close()
  })
  storeContract('redis', async () => {
    const store = await RedisStore.open([server.url], key, systemClock, log)
    stores.push(store)
    return { store, advance: age }
  })
}

/** Shortens the lifetime of all mailboxes, as if this time had passed. */
async function age(milliseconds: number): Promise<void> {
  for (const name of await client.keys('duet:{*}:[ab]:*')) {
    const leftMs = await client.pttl(name)
    if (leftMs > 0) await client.pexpire(name, leftMs - milliseconds)
  }
}
