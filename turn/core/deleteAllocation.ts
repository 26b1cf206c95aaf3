import { forgetExpired } from './allocation.ts'
import type { Allocation, Relay } from './types.ts'
import type { Core } from './serverState.ts'
import type { Effect } from './effects.ts'
import { cancelOpening } from './pendingAllocation.ts'
import { ownerOf } from './quotas.ts'

/** Deletes an allocation with all it holds; its sockets close and its ports are free again. */
export function release(core: Core, allocation: Allocation): Effect[] {
  core.allocations.delete(allocation.path.key)
  core.tally.add(ownerOf(allocation), -1)
  core.meters.leave(allocation.meter)
  return allocation.relays.map((relay) => closeRelay(core, relay))
}

/** Some of an allocation's relays go, with their permissions and channels; with the last one the allocation goes. */
export function releaseRelays(core: Core, allocation: Allocation, gone: readonly Relay[]): Effect[] {
  if (gone.length === allocation.relays.length) return release(core, allocation)
  allocation.relays = allocation.relays.filter((relay) => !gone.includes(relay))
  for (const [ip, host] of allocation.hosts) {
    if (!gone.includes(host.relay)) continue
    allocation.hosts.delete(ip)
    for (const { number } of host.channels.values()) allocation.channels.delete(number)
  }
  return gone.map((relay) => closeRelay(core, relay))
}

function closeRelay(core: Core, relay: Relay): Effect {
  delete relay.owner
  core.ports.release(relay.local.ip, relay.local.port)
  return { type: 'close', relay }
}

/** Frees what a 5-tuple holds, when its time is over. */
export function releaseExpired(core: Core, key: string, now: number): Effect[] {
  const allocation = core.allocations.get(key)
  return allocation && allocation.expiresAt <= now ? release(core, allocation) : []
}

/** Frees everything whose time is over. What is expired is never used, so it matters little how often this runs. */
export function expire(core: Core, now: number): Effect[] {
  core.meters.expire(now)
  const effects: Effect[] = []
  for (const allocation of core.allocations.values()) {
    const over = allocation.relays.filter(({ expiresAt }) => expiresAt <= now)
    if (over.length > 0) effects.push(...releaseRelays(core, allocation, over))
    forgetExpired(allocation, now)
  }
  for (const [token, { relay, owner, expiresAt }] of core.reservations) {
    if (expiresAt > now) continue
    core.reservations.delete(token)
    core.tally.add(owner, -1)
    effects.push(closeRelay(core, relay))
  }
  return effects
}

/** A TCP client hung up (RFC 8656 §7: the allocation ends with its connection). */
export function hangUp(core: Core, key: string): Effect[] {
  const opening = core.openings.get(key)
  const allocation = core.allocations.get(key)
  return [...(opening ? cancelOpening(core, opening) : []), ...(allocation ? release(core, allocation) : [])]
}
