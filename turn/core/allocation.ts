import type { Allocation, Channel } from './types.ts'

/** Lifetimes of RFC 8656 §7.2, §9 and §12. */
export const lifetimesMs = {
  allocation: 600_000,
  maxAllocation: 3_600_000,
  permission: 300_000,
  channel: 600_000,
  reservation: 30_000,
} as const

/**
 * Returns the granted lifetime in ms, in whole seconds (RFC 8656 §7.2).
 * It is at least the default and at most the server's maximum.
 * @param remainingMs time until the credentials expire
 */
export const grantedLifetimeMs = (requestedSeconds: number | undefined, remainingMs: number): number =>
  Math.floor(
    Math.min(Math.max((requestedSeconds ?? 0) * 1000, lifetimesMs.allocation), lifetimesMs.maxAllocation, remainingMs) /
      1000,
  ) * 1000

/** Deletes the expired channels and permissions of a live allocation. */
export function deleteExpiredPermissions(allocation: Allocation, now: number): void {
  for (const channel of allocation.channels.values()) if (channel.expiresAt <= now) unbindChannel(allocation, channel)
  for (const [ip, permission] of allocation.permissions)
    if (permission.expiresAt <= now && permission.channels.size === 0) allocation.permissions.delete(ip)
}

/** Removes a channel from its allocation and its permission. */
export function unbindChannel(allocation: Allocation, channel: Channel): void {
  allocation.channels.delete(channel.number)
  channel.permission.channels.delete(channel.port)
}
