import type { Quotas, TurnOptions } from '../common/options.ts'
import type { Duty, Share, Shared } from './messages.ts'

export const shareOf = ({ workers = 0 }: Pick<TurnOptions, 'workers'>, index: number): Share => ({ index, of: workers + 1 })

/** What each of the threads is to do, with the options that cross to them. */
export function dutiesOf({ log: _log, tls: _tls, ...options }: TurnOptions, shared: Shared): Duty[] {
  return Array.from({ length: options.workers ?? 0 }, (_, i) => ({ options, share: shareOf(options, i + 1), shared }))
}

type Range = readonly [first: number, last: number]

/** Neighbouring ports, from an even one on, so that no pair (EVEN-PORT) is torn apart. Throws when there are too few. */
export function sharePorts([first, last]: Range, { index, of }: Share): Range {
  if (of === 1) return [first, last]
  const even = first + (first % 2)
  const each = Math.floor((last + 1 - even) / of / 2) * 2
  if (each === 0) throw new Error(`relay ports ${first}-${last} are too few for ${of} threads`)
  const from = even + index * each
  return [index === 0 ? first : from, index === of - 1 ? last : from + each - 1]
}

/**
 * What counts across allocations is divided, rounded up; what one allocation may is the same everywhere. So is the quota of a guest: a
 * page reaches several threads, one by UDP and the first by TCP, and wants two allocations of each.
 */
export function shareQuotas(quotas: Quotas, { of }: Share): Quotas {
  const part = (quota: number): number => Math.ceil(quota / of)
  return {
    ...quotas, user: part(quotas.user), source: part(quotas.source), guestSource: Math.max(Math.min(4, quotas.guestSource), part(quotas.guestSource)),
    total: part(quotas.total), sourceBytes: part(quotas.sourceBytes), totalBytes: part(quotas.totalBytes),
  }
}
