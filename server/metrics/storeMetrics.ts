import type { MetricsRegistry } from '../common/metricsRegistry.ts'
import type { RedisStore } from '../redis/redisStore.ts'

/** The part of the shared store that the metrics read. */
export type StoreMetricsSource = Pick<
  RedisStore,
  'isAvailable' | 'nodeCount' | 'errors' | 'servedReads' | 'remoteReads'
>

/** Adds the metrics of the store that several servers share. */
export function addStoreMetrics(metrics: MetricsRegistry, store: StoreMetricsSource): void {
  metrics.gauge(
    'duet_store_available',
    '1 while Redis answers. 0 after five seconds without an answer: the server is not ready then.',
    () => (store.isAvailable ? 1 : 0),
  )
  metrics.gauge(
    'duet_store_nodes',
    'Servers that share the Redis and are alive, this one included.',
    () => store.nodeCount,
  )
  metrics.labelledCounter(
    'duet_store_errors_total',
    'Failed calls of Redis, by reason. timeout: no answer in two seconds. disconnected: no connection. rejected: Redis returned an error.',
    'reason',
    () => store.errors,
  )
  metrics.labelledCounter(
    'duet_store_reads_total',
    'Reads of mailboxes, by source. wake_up: the event came with its notification. redis: a call of Redis.',
    'source',
    () => ({ wake_up: store.servedReads, redis: store.remoteReads }),
  )
}
