import { findingsOf, type Finding } from './finding.ts'

const { ok, warning, failed } = findingsOf('Redis')

/** The oldest major version with functions and sharded channels. Valkey reports 7.2 as its `redis_version`. */
const minMajorVersion = 7

/** Checks the Redis of `DUET_REDIS_URL`. Changes nothing there. @param urls undefined: the server holds its rooms itself */
export async function checkStore(urls: readonly string[] | undefined): Promise<Finding[]> {
  if (!urls) return []
  const { readRedisFacts } = await import('../../redis/redisFacts.ts')
  const facts = await readRedisFacts(urls)
  if (facts instanceof Error)
    return [
      failed(
        `Redis does not answer: ${facts.message}.`,
        'Check DUET_REDIS_URL, and that Redis runs and accepts connections from this machine.',
      ),
    ]
  const { version, evictionPolicy, isCluster } = facts
  if (Number.parseInt(version, 10) < minMajorVersion)
    return [failed(`Redis ${version} is too old.`, 'Install Redis 7 or Valkey.')]
  if (isCluster && urls.length === 1)
    return [
      failed(
        'This Redis is a Cluster.',
        'Set DUET_REDIS_URL to the URLs of at least two of its nodes, comma-separated.',
      ),
    ]
  if (evictionPolicy !== 'noeviction')
    return [
      warning(
        `Redis may delete rooms when its memory is full: maxmemory-policy is ${evictionPolicy}.`,
        'Set maxmemory-policy to noeviction.',
      ),
    ]
  return [ok(`Redis ${version} answers.`)]
}
