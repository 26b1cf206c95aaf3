import type { Quotas, TurnOptions } from '../common/options.ts'
import { OpenDescriptors } from '../engine/openDescriptors.ts'
import type { WorkerOptions, Partition, SharedValues } from './messages.ts'

/** Threads by default. The batch engine blocks its thread. With `node:dgram` the main thread serves UDP too. */
export const defaultWorkers = { batch: 1, dgram: 0 } as const

/** Returns the share of the main thread, which has a core with `node:dgram` only. */
export const mainPartition = ({ workers = defaultWorkers.dgram }: Pick<TurnOptions, 'workers'>): Partition => ({
  index: 0,
  count: workers + 1,
})

/**
 * Returns the `workerData` of each worker thread. With the batch engine all cores are in workers, and the first one
 * serves streams. With `node:dgram` the main thread has the first core, and serves streams.
 */
export function createWorkerOptions(
  { log: _log, ...options }: TurnOptions,
  shared: SharedValues,
  engine: WorkerOptions['engine'],
): WorkerOptions[] {
  const count = options.workers ?? defaultWorkers[engine]
  return Array.from({ length: count }, (_, i) => ({
    options,
    partition: engine === 'batch' ? { index: i, count } : { index: i + 1, count: count + 1 },
    shared,
    engine,
    hasStreams: engine === 'batch' && i === 0,
    descriptorBuffer: OpenDescriptors.createBuffer(),
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
