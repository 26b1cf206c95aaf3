import { networkKey } from '../common/address.ts'
import type { Quotas } from '../common/options.ts'
import type { Allocation, AuthenticatedRequest } from './types.ts'
import type { ServerState } from './serverState.ts'
import { siteQuotaFactor } from './meter.ts'
import { TurnError } from './turnError.ts'
import type { QuotaKeys } from './allocationCounts.ts'

/**
 * Default quotas, sized for 80 relayed calls at a time.
 * A page allocates once for each TURN URL (three) on each network (one or two). An ICE restart doubles that.
 * 80 calls are 160 pages: 160 × 3 × 2 × 2 = 1,920 allocations at most.
 * For bytes, assume 4 Mbit/s each way, relayed on both sides. Each packet counts in both allocations: 4 × 0.5 MB/s = 2
 * MB/s.
 * 80 such calls are 160 MB/s.
 */
export const defaultQuotas: Quotas = {
  /** Allocations: a browser with several interfaces and transports, during an ICE restart. */
  user: 64,
  /** Allocations: `/check` tests one URL at a time; its two ends have two networks each. The lobby allocates nothing. */
  guest: 4,
  /** Allocations: an office that holds both ends of 80 calls has 160 × 3 × 2 = 960. */
  source: 1024,
  /** Allocations: eight pages that run `/check` at a time. */
  guestSource: 32,
  /** Allocations: the number of ports in the default range. */
  total: 16_384,
  /** Percent of relay ports and of `total`: a flood of guests leaves half for pages with a seat. */
  reservedPercent: 50,
  /** Permissions: one for each address of the peer's candidates, of which browsers gather fewer. */
  permissions: 256,
  /** Channels: the same, because a channel binds one address and port of the peer. */
  channels: 256,
  /** 100 Mbit/s: more than any call needs. Guests have the same limit. */
  bytesPerSecond: 12_500_000,
  /** A quarter of the total: 25 relayed calls with both ends in one network. */
  sourceBytesPerSecond: 50_000_000,
  /** 80 calls need 160 MB/s. */
  totalBytesPerSecond: 200_000_000,
  /** TCP and TLS connections: both ends of 80 calls, with two such URLs each, have 320. */
  connections: 512,
}

/**
 * Returns all quotas: the chosen ones, and defaults scaled to the relay ports.
 * By default, one network gets at most a quarter of the ports and of the total. Guests in it get a sixteenth.
 * The minimum is four, so that a page can be relayed.
 * @param chosen overrides any default
 */
export function resolveQuotas(
  [first, last]: readonly [first: number, last: number],
  chosen: Partial<Quotas> = {},
): Quotas {
  const capacity = Math.min(last - first + 1, chosen.total ?? defaultQuotas.total)
  const part = (quota: number, of: number): number => Math.min(quota, Math.max(4, Math.floor(capacity / of)))
  return {
    ...defaultQuotas,
    source: part(defaultQuotas.source, 4),
    guestSource: part(defaultQuotas.guestSource, 16),
    ...chosen,
  }
}

/** RFC 8489 §14.8: 486 when a user or source reached its quota, 508 when the server did. */
const quotaErrorCodes = {
  user: 486,
  guest: 486,
  source: 486,
  guestSource: 486,
  total: 508,
  reservedPercent: 508,
  permissions: 508,
  channels: 508,
} as const

/** Counts the exceeded quota and returns the error, which the caller throws. */
export function quotaError({ counters }: ServerState, name: keyof typeof quotaErrorCodes): TurnError {
  counters.overQuota[name]++
  return new TurnError(quotaErrorCodes[name])
}

/** Returns the keys that an allocation of this user and 5-tuple counts under. */
export const quotaKeysFor = ({ user, fiveTuple }: Pick<AuthenticatedRequest, 'user' | 'fiveTuple'>): QuotaKeys => ({
  id: user.id,
  userClass: user.userClass,
  networks: quotaNetworks(fiveTuple.remote.ip, user.networkTag),
})

/** Returns the client's IPv4 address, or its IPv6 /64 and /48, plus the network that received its credentials. */
function quotaNetworks(ip: string, credentials: string | undefined): string[] {
  const [source, site] = [networkKey(ip), networkKey(ip, 48)]
  return [source, ...(site === source ? [] : [site]), ...(credentials === undefined ? [] : [credentials])]
}

/**
 * Checks every allocation quota of a request.
 * @param count allocations and reservations to add
 * @throws {TurnError} 486 or 508
 */
export function checkQuotas(state: ServerState, request: AuthenticatedRequest, count: number): void {
  const {
    allocationCounts,
    rules: { quotas },
  } = state
  const { id, userClass, networks } = quotaKeysFor(request)
  const isGuest = userClass === 'guest'
  const name = isGuest ? 'guest' : 'user'
  if ((allocationCounts.byUser.get(id) ?? 0) + count > quotas[name]) throw quotaError(state, name)
  const isOver = (counts: ReadonlyMap<string, number>, quota: number): boolean =>
    networks.some(
      (network) => (counts.get(network) ?? 0) + count > quota * (network.endsWith('/48') ? siteQuotaFactor : 1),
    )
  if (isGuest && isOver(allocationCounts.guestsByNetwork, quotas.guestSource)) throw quotaError(state, 'guestSource')
  if (isOver(allocationCounts.byNetwork, quotas.source)) throw quotaError(state, 'source')
  if (allocationCounts.total + count > quotas.total) throw quotaError(state, 'total')
  if (allocationCounts.total + count > quotas.total * usableRatio(state, userClass))
    throw quotaError(state, 'reservedPercent')
}

/** Returns the share of ports and of the total that a user may fill, 0 to 1. Guests leave a reserved part. */
export const usableRatio = ({ rules }: ServerState, userClass: QuotaKeys['userClass']): number =>
  userClass === 'guest' ? 1 - rules.quotas.reservedPercent / 100 : 1

/**
 * Returns whether an allocation may relay these bytes now, and counts them. On the per-packet path: allocates no
 * objects.
 */
export function spendBytes(state: ServerState, allocation: Allocation, bytes: number, now: number): boolean {
  const { bytesPerSecond, sourceBytesPerSecond, totalBytesPerSecond } = state.rules.quotas
  const {
    meter,
    meter: { site },
  } = allocation
  const { total } = state.meters
  if (now - allocation.secondStartedAt >= 1000) {
    allocation.secondStartedAt = now
    allocation.bytesThisSecond = 0
  }
  allocation.bytesThisSecond += bytes
  if (allocation.bytesThisSecond > bytesPerSecond) return countOverQuota(state, 'bytesPerSecond')
  // `Meters.deleteUnused` relies on this order: the site is checked first, so it is never older than its sources.
  if (site && !site.canSpend(bytes, sourceBytesPerSecond * siteQuotaFactor, now))
    return countOverQuota(state, 'sourceBytesPerSecond')
  if (!meter.canSpend(bytes, sourceBytesPerSecond, now)) return countOverQuota(state, 'sourceBytesPerSecond')
  if (!total.canSpend(bytes, totalBytesPerSecond, now)) return countOverQuota(state, 'totalBytesPerSecond')
  meter.spend(bytes)
  site?.spend(bytes)
  total.spend(bytes)
  return true
}

function countOverQuota(
  { counters }: ServerState,
  name: 'bytesPerSecond' | 'sourceBytesPerSecond' | 'totalBytesPerSecond',
): false {
  counters.overQuota[name]++
  return false
}
