import type { Quotas } from '../options.ts'
import { familyOf, parseIp } from '../stun/ip.ts'
import type { Allocation } from './allocation.ts'
import type { UserCall } from './call.ts'
import type { Core } from './core.ts'
import { Refusal } from './refusal.ts'
import type { Owner } from './tally.ts'

export const usualQuotas: Quotas = {
  // A browser with several interfaces, transports and an ICE restart under way.
  user: 64,
  // An office behind one address.
  source: 1024,
  total: 16_384,
  permissions: 256,
  channels: 256,
  // 100 Mbit/s: no call needs it, and no guest gets more.
  bytes: 12_500_000,
  connections: 512,
}

/** RFC 8489 §14.8 tells these apart: `user` has enough, or the server has. */
const codes = { user: 486, source: 486, total: 508, permissions: 508, channels: 508 } as const

/** Counts the refusal, which the caller throws. */
export function overQuota({ counters }: Core, name: keyof typeof codes): Refusal {
  counters.overQuota[name]++
  return new Refusal(codes[name])
}

export const ownerOf = ({ user, path }: Pick<UserCall, 'user' | 'path'>): Owner => ({ id: user.id, source: sourceOf(path.remote.ip) })

/** Throws Refusal. @param wanted allocations and reservations */
export function checkQuotas({ core, user, path }: UserCall, wanted: number): void {
  const { tally, rules: { quotas } } = core
  const { id, source } = ownerOf({ user, path })
  if ((tally.users.get(id) ?? 0) + wanted > quotas.user) throw overQuota(core, 'user')
  if ((tally.sources.get(source) ?? 0) + wanted > quotas.source) throw overQuota(core, 'source')
  if (tally.total + wanted > quotas.total) throw overQuota(core, 'total')
}

/** What is one guest, as far as can be seen: an IPv4 address, or an IPv6 /64. */
export const sourceOf = (ip: string): string => (familyOf(ip) === 4 ? ip : Buffer.from(parseIp(ip).subarray(0, 8)).toString('hex'))

/** Whether an allocation may relay so many bytes more in this second. In the fast lanes: it makes nothing. */
export function spendBytes(core: Core, allocation: Allocation, bytes: number, now: number): boolean {
  if (now - allocation.secondBegan >= 1000) {
    allocation.secondBegan = now
    allocation.bytesThisSecond = 0
  }
  allocation.bytesThisSecond += bytes
  if (allocation.bytesThisSecond <= core.rules.quotas.bytes) return true
  core.counters.overQuota.bytes++
  return false
}
