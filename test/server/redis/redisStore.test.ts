import { missingTools } from '../../tools.ts'
import { startRedisServer } from '../../redisServer.ts'
import { redisContract } from './redisContract.ts'

if (missingTools(['redis']).length === 0)
  redisContract('redis', async () => {
    const { url, close } = await startRedisServer()
    return { urls: [url], close }
  })
