import type { Allocation, Channel } from './types.ts'

/** Milliseconds. RFC 8656 §7.2, §9, §12. */
export const lifetimes = { allocation: 600_000, longestAllocation: 3_600_000, permission: 300_000, channel: 600_000, reservation: 30_000 } as const

/** RFC 8656 §7.2: at least the default, at most the server's maximum, in whole seconds. @param asked in seconds @param left in milliseconds */
export const lifetimeOf = (asked: number | undefined, left: number): number =>
  Math.floor(Math.min(Math.max((asked ?? 0) * 1000, lifetimes.allocation), lifetimes.longestAllocation, left) / 1000) * 1000

/** Forgets what has expired inside of a live allocation. */
export function forgetExpired(allocation: Allocation, now: number): void {
  for (const channel of allocation.channels.values()) if (channel.expiresAt <= now) unbind(allocation, channel)
  for (const [ip, host] of allocation.hosts) if (host.expiresAt <= now && host.channels.size === 0) allocation.hosts.delete(ip)
}

export function unbind(allocation: Allocation, channel: Channel): void {
  allocation.channels.delete(channel.number)
  channel.host.channels.delete(channel.port)
}
