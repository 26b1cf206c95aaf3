import type { Quotas, TurnOptions } from '../common/options.ts'
import type { WorkerOptions, Partition, SharedValues } from './messages.ts'

/** The main thread then serves UDP too. */
export const defaultWorkers = 0

/** Returns the share of a thread. @param index 0 is the main thread */
export const createPartition = (
  { workers = defaultWorkers }: Pick<TurnOptions, 'workers'>,
  index: number,
): Partition => ({ index, count: workers + 1 })

/** Returns the `workerData` of each worker thread. */
export function createWorkerOptions(
  { log: _log, tls: _tls, ...options }: TurnOptions,
  shared: SharedValues,
): WorkerOptions[] {
  return Array.from({ length: options.workers ?? defaultWorkers }, (_, i) => ({
    options,
    partition: createPartition(options, i + 1),
    shared,
  }))
}

type PortRange = readonly [first: number, last: number]

/**
 * Returns the relay ports of one thread. Its range starts at an even port, so that no pair (EVEN-PORT) is split.
 * @throws {Error} when there are too few ports
 */
export function partitionPorts([first, last]: PortRange, { index, count }: Partition): PortRange {
  if (count === 1) return [first, last]
  const even = first + (first % 2)
  const each = Math.floor((last + 1 - even) / count / 2) * 2
  if (each === 0) throw new Error(`relay ports ${first}-${last} are too few for ${count} threads`)
  const from = even + index * each
  return [index === 0 ? first : from, index === count - 1 ? last : from + each - 1]
}

/**
 * Returns the quotas of one thread. Quotas across allocations are divided and rounded up.
 * Quotas of one allocation, and of one guest, are the same in every thread.
 * A page uses several threads, one by UDP and the main one by TCP, and needs two allocations in each.
 */
export function partitionQuotas(quotas: Quotas, { count }: Partition): Quotas {
  const divide = (quota: number): number => Math.ceil(quota / count)
  return {
    ...quotas,
    user: divide(quotas.user),
    source: divide(quotas.source),
    guestSource: Math.max(Math.min(4, quotas.guestSource), divide(quotas.guestSource)),
    total: divide(quotas.total),
    sourceBytesPerSecond: divide(quotas.sourceBytesPerSecond),
    totalBytesPerSecond: divide(quotas.totalBytesPerSecond),
  }
}
