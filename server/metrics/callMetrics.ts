import type { MetricsRegistry } from '../common/metricsRegistry.ts'
import type { RoomCounters } from '../rooms/roomCounters.ts'

/** Adds the metrics of joins, messages and calls. */
export function addCallMetrics(metrics: MetricsRegistry, counters: RoomCounters): void {
  metrics.labelledCounter(
    'duet_joins_total',
    'Joins by kind. new: a visitor takes a seat. resumed: a page returns. restored: a page returns after a crash.',
    'kind',
    () => counters.joins,
  )
  metrics.labelledCounter(
    'duet_messages_total',
    'Messages relayed between pages, by type, without duplicates.',
    'type',
    () => counters.messages,
  )
  metrics.labelledCounter(
    'duet_calls_total',
    'Calls by outcome. connected: both pages reported media. left, lost: a person left or vanished before that.',
    'outcome',
    () => counters.calls,
  )
  metrics.labelledCounter(
    'duet_call_failures_total',
    'Calls that a page gave up, as each page reports it. failed: no connection. lost: the connection did not return. unsupported: the browser has none.',
    'reason',
    () => counters.failures,
  )
  metrics.histogram(
    'duet_call_setup_seconds',
    'Time from the join of the second person until both pages reported media.',
    counters.setupSeconds,
  )
}
