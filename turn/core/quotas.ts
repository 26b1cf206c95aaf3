import { networkKey } from '../common/address.ts'
import type { Quotas } from '../common/options.ts'
import type { Allocation } from './types.ts'
import type { UserCall } from './call.ts'
import type { Core } from './serverState.ts'
import { siteFactor } from './meter.ts'
import { Refusal } from './turnError.ts'
import type { Owner } from './allocationCounts.ts'

/**
 * Sized for 80 relayed calls at a time. A page allocates once for each TURN URL (three) and each of its networks (one or two), twice while it
 * restarts ICE. 80 calls are 160 pages: 160 × 3 × 2 × 2 = 1,920 allocations at most.
 * A call of 4 Mbit/s each way that is relayed on both sides: each packet counts in both allocations, which makes 4 × 0.5 MB/s = 2 MB/s.
 * 80 of them are 160 MB/s.
 */
export const usualQuotas: Quotas = {
  // A browser with several interfaces, transports and an ICE restart under way.
  user: 64,
  // One URL of `/check` at a time, whose two ends have two networks each. The lobby allocates nothing.
  guest: 4,
  // An office in which 80 calls have both ends: 160 × 3 × 2 = 960.
  source: 1024,
  // Eight pages that run `/check` at a time.
  guestSource: 32,
  total: 16_384,
  // Percent of relay ports and of `total`.
  reserved: 50,
  permissions: 256,
  channels: 256,
  // 100 Mbit/s: no call needs it, and no guest gets more.
  bytes: 12_500_000,
  // A quarter of the total: 25 relayed calls with both ends in one network.
  sourceBytes: 50_000_000,
  totalBytes: 200_000_000,
  connections: 512,
}

/**
 * The quotas where nothing else is chosen. One network never gets everything: at most a quarter of the ports and of the total, guests in
 * it a sixteenth, but at least four, so that a page can be relayed.
 * @param chosen is stronger than any default
 */
export function quotasFor([first, last]: readonly [first: number, last: number], chosen: Partial<Quotas> = {}): Quotas {
  const most = Math.min(last - first + 1, chosen.total ?? usualQuotas.total)
  const part = (quota: number, of: number): number => Math.min(quota, Math.max(4, Math.floor(most / of)))
  return { ...usualQuotas, source: part(usualQuotas.source, 4), guestSource: part(usualQuotas.guestSource, 16), ...chosen }
}

/** RFC 8489 §14.8 tells these apart: `user` has enough, or the server has. */
const codes = { user: 486, guest: 486, source: 486, guestSource: 486, total: 508, reserved: 508, permissions: 508, channels: 508 } as const

/** Counts the refusal, which the caller throws. */
export function overQuota({ counters }: Core, name: keyof typeof codes): Refusal {
  counters.overQuota[name]++
  return new Refusal(codes[name])
}

export const ownerOf = ({ user, path }: Pick<UserCall, 'user' | 'path'>): Owner =>
  ({ id: user.id, userClass: user.userClass, networks: networksOf(path.remote.ip, user.address) })

/** The client's IPv4 address, or its IPv6 /64 and /48; and the network that its credentials were given to. */
function networksOf(ip: string, credentials: string | undefined): string[] {
  const [source, site] = [networkKey(ip), networkKey(ip, 48)]
  return [source, ...(site === source ? [] : [site]), ...(credentials === undefined ? [] : [credentials])]
}

/** Throws Refusal. @param wanted allocations and reservations */
export function checkQuotas(call: UserCall, wanted: number): void {
  const { core, user } = call
  const { tally, rules: { quotas } } = core
  const { id, userClass, networks } = ownerOf(call)
  const isGuest = userClass === 'guest'
  const name = isGuest ? 'guest' : 'user'
  if ((tally.users.get(id) ?? 0) + wanted > quotas[name]) throw overQuota(core, name)
  const isOver = (counts: ReadonlyMap<string, number>, quota: number): boolean =>
    networks.some((network) => (counts.get(network) ?? 0) + wanted > quota * (network.endsWith('/48') ? siteFactor : 1))
  if (isGuest && isOver(tally.guestNetworks, quotas.guestSource)) throw overQuota(core, 'guestSource')
  if (isOver(tally.networks, quotas.source)) throw overQuota(core, 'source')
  if (tally.total + wanted > quotas.total) throw overQuota(core, 'total')
  if (tally.total + wanted > quotas.total * openShare(core, user.userClass)) throw overQuota(core, 'reserved')
}

/** The share of ports and of the total that a user may use up: a part is reserved for those who are no guests. */
export const openShare = ({ rules }: Core, userClass: Owner['userClass']): number =>
  userClass === 'guest' ? 1 - rules.quotas.reserved / 100 : 1

/** Whether an allocation may relay so many bytes more at this time. In the fast lanes: it makes nothing. */
export function spendBytes(core: Core, allocation: Allocation, bytes: number, now: number): boolean {
  const { bytes: own, sourceBytes, totalBytes } = core.rules.quotas
  const { meter, meter: { site } } = allocation
  const { total } = core.meters
  if (now - allocation.secondBegan >= 1000) {
    allocation.secondBegan = now
    allocation.bytesThisSecond = 0
  }
  allocation.bytesThisSecond += bytes
  if (allocation.bytesThisSecond > own) return refuseBytes(core, 'bytes')
  // The site first: it is then never older than its sources, which `Meters.expire` relies on.
  if ((site && !site.has(bytes, sourceBytes * siteFactor, now)) || !meter.has(bytes, sourceBytes, now)) return refuseBytes(core, 'sourceBytes')
  if (!total.has(bytes, totalBytes, now)) return refuseBytes(core, 'totalBytes')
  meter.take(bytes)
  site?.take(bytes)
  total.take(bytes)
  return true
}

function refuseBytes({ counters }: Core, name: 'bytes' | 'sourceBytes' | 'totalBytes'): false {
  counters.overQuota[name]++
  return false
}
