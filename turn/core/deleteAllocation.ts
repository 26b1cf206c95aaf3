import { deleteExpiredPermissions } from './allocation.ts'
import type { Allocation, Relay } from './types.ts'
import type { ServerState } from './serverState.ts'
import type { Effect } from './effects.ts'
import { cancelPendingAllocation } from './pendingAllocation.ts'
import { quotaKeysFor } from './quotas.ts'

/** Deletes an allocation, frees its ports and returns the effects that close its sockets. */
export function deleteAllocation(state: ServerState, allocation: Allocation): Effect[] {
  state.allocations.delete(allocation.fiveTuple.key)
  state.allocationCounts.add(quotaKeysFor(allocation), -1)
  state.meters.release(allocation.meter)
  return allocation.relays.map((relay) => closeRelay(state, relay))
}

/** Deletes some relays with their permissions and channels. Deleting all of them deletes the allocation. */
export function deleteRelays(state: ServerState, allocation: Allocation, removed: readonly Relay[]): Effect[] {
  if (removed.length === allocation.relays.length) return deleteAllocation(state, allocation)
  allocation.relays = allocation.relays.filter((relay) => !removed.includes(relay))
  for (const [ip, permission] of allocation.permissions) {
    if (!removed.includes(permission.relay)) continue
    allocation.permissions.delete(ip)
    for (const { number } of permission.channels.values()) allocation.channels.delete(number)
  }
  return removed.map((relay) => closeRelay(state, relay))
}

function closeRelay(state: ServerState, relay: Relay): Effect {
  delete relay.allocation
  state.ports.release(relay.local.ip, relay.local.port)
  return { type: 'close', relay }
}

/** Deletes the allocation of a 5-tuple if it has expired. */
export function deleteExpiredAllocation(state: ServerState, key: string, now: number): Effect[] {
  const allocation = state.allocations.get(key)
  return allocation && allocation.expiresAt <= now ? deleteAllocation(state, allocation) : []
}

/** Frees all expired state. Lookups ignore expired entries, so the interval of this sweep affects memory only. */
export function sweepExpired(state: ServerState, now: number): Effect[] {
  state.meters.deleteUnused(now)
  const effects: Effect[] = []
  for (const allocation of state.allocations.values()) {
    const expired = allocation.relays.filter(({ expiresAt }) => expiresAt <= now)
    if (expired.length > 0) effects.push(...deleteRelays(state, allocation, expired))
    deleteExpiredPermissions(allocation, now)
  }
  for (const [token, { relay, quotaKeys, expiresAt }] of state.reservations) {
    if (expiresAt > now) continue
    state.reservations.delete(token)
    state.allocationCounts.add(quotaKeys, -1)
    effects.push(closeRelay(state, relay))
  }
  return effects
}

/** Ends the allocation of a closed TCP connection (RFC 8656 §7). */
export function closeClient(state: ServerState, key: string): Effect[] {
  const pending = state.pendingAllocations.get(key)
  const allocation = state.allocations.get(key)
  return [
    ...(pending ? cancelPendingAllocation(state, pending) : []),
    ...(allocation ? deleteAllocation(state, allocation) : []),
  ]
}
