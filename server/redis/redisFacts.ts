import { Redis } from 'ioredis'

/** Longest wait for a connection and for an answer, in ms. */
const timeoutMs = 3_000

/** The facts about a Redis that decide whether it can hold rooms. */
export interface RedisFacts {
  version: string
  /** The policy at the memory limit; `noeviction` deletes nothing. */
  evictionPolicy: string
  isCluster: boolean
}

/** Asks the first Redis of these URLs. Resolves to the error if it does not answer. Never rejects. */
export async function readRedisFacts([url = '']: readonly string[]): Promise<RedisFacts | Error> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let reason: Error | null = null
  // The event has the cause. The rejected call says only that the connection is closed.
  client.on('error', (error: Error) => (reason ??= error))
  try {
    await client.connect()
    const info = await client.info()
    const read = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? ''
    return {
      version: read('redis_version'),
      evictionPolicy: read('maxmemory_policy'),
      isCluster: read('cluster_enabled') === '1',
    }
  } catch (error) {
    return reason ?? (error as Error)
  } finally {
    client.disconnect()
  }
}
