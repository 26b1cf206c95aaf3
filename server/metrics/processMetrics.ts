import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { version } from '../../package.json'
import { readDescriptorLimit } from '../../turn/index.ts'
import type { Histogram } from '../common/histogram.ts'
import type { MetricsRegistry } from '../common/metricsRegistry.ts'
import type { GarbageCollection } from './garbageCollection.ts'

/** Adds the standard process metrics. prom-client's own start observers that cannot be stopped. */
export function addProcessMetrics(
  metrics: MetricsRegistry,
  eventLoopLagSeconds: Histogram,
  garbageCollection: Pick<GarbageCollection, 'runs' | 'seconds'>,
): void {
  metrics.labelledGauge('duet_build_info', 'Version of Duet: 1 for the one that runs.', 'version', () => ({
    [version]: 1,
  }))
  metrics.gauge(
    'process_start_time_seconds',
    'Start time of the process as Unix time in seconds.',
    () => performance.timeOrigin / 1000,
  )
  metrics.gauge('process_resident_memory_bytes', 'Resident memory of the process in bytes.', () =>
    process.memoryUsage.rss(),
  )
  metrics.counter('process_cpu_seconds_total', 'User and system CPU time of all threads, in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  })
  const memory: readonly [name: string, help: string, read: () => number][] = [
    ['heap_size_used_bytes', 'Used heap of the main thread.', () => process.memoryUsage().heapUsed],
    ['heap_size_total_bytes', 'Allocated heap of the main thread.', () => process.memoryUsage().heapTotal],
    ['heap_size_limit_bytes', 'Largest heap of the main thread.', () => getHeapStatistics().heap_size_limit],
    ['external_memory_bytes', 'Memory of buffers outside of the heap.', () => process.memoryUsage().external],
  ]
  for (const [name, help, read] of memory) metrics.gauge(`nodejs_${name}`, help, read)
  metrics.labelledCounter(
    'duet_gc_runs_total',
    'Garbage collections of the main thread, by kind.',
    'kind',
    () => garbageCollection.runs,
  )
  metrics.labelledCounter(
    'duet_gc_seconds_total',
    'Time of garbage collections of the main thread, by kind.',
    'kind',
    () => garbageCollection.seconds,
  )
  // Only Linux has /proc.
  if (countDescriptors() !== null) {
    metrics.gauge('process_open_fds', 'Open file descriptors.', () => countDescriptors() ?? 0)
    metrics.gauge('process_max_fds', 'Limit of open file descriptors.', readDescriptorLimit)
  }
  metrics.counter(
    'duet_event_loop_busy_seconds_total',
    'Time that the event loop of the main thread was busy, in seconds.',
    () => performance.eventLoopUtilization().active / 1000,
  )
  metrics.histogram(
    'duet_event_loop_lag_seconds',
    'Delay of a timer of the main thread, sampled twice a second.',
    eventLoopLagSeconds,
  )
}

/** Reading the folder itself takes a descriptor. */
function countDescriptors(): number | null {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return null
  }
}
