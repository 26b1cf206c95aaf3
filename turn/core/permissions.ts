import { isLoopbackIp } from '../common/address.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { lifetimes } from './allocation.ts'
import type { Allocation, Host, Relay } from './types.ts'
import type { Core } from './serverState.ts'
import { isWithin } from './relayPorts.ts'
import { overQuota } from './quotas.ts'
import { Refusal } from './turnError.ts'

/** How a relay reaches a peer that the client may talk to. */
export type PeerRoute = Pick<Host, 'named' | 'reached' | 'relay' | 'relaysOnly'>

/** RFC 8656 §10.2, §12.2. @throws {Refusal} 443 without a relay of the family, 403 for a peer that the policy closes or the relay cannot reach */
export function routeTo(core: Core, allocation: Allocation, { ip }: Address, now: number): PeerRoute {
  const relay = relayFor(allocation, ip, now)
  if (!relay) throw new Refusal(443)
  const verdict = core.policy.judge(ip)
  const reached = reachedIp(core, ip)
  if (verdict === 'closed' || !isReachable(relay, reached)) throw new Refusal(403)
  return { named: ip, reached, relay, relaysOnly: verdict === 'relays' }
}

/** A socket that is bound to loopback sends to loopback only: the kernel refuses all else (EINVAL), and the packets would be lost. */
const isReachable = ({ local }: Relay, ip: string): boolean => !isLoopbackIp(local.ip) || isLoopbackIp(ip)

/** The ports of our own relay addresses are open in the relay range only: the rest is this machine's. */
export const isPortOpen = (core: Core, relaysOnly: boolean, port: number): boolean =>
  port > 0 && (!relaysOnly || isWithin(core.rules.relayPorts, port))

/** Installs or refreshes a permission. @throws {Refusal} 508 */
export function permit(core: Core, allocation: Allocation, route: PeerRoute, now: number): Host {
  const host = allocation.hosts.get(route.reached) ?? newHost(core, allocation, route)
  host.expiresAt = now + lifetimes.permission
  return host
}

function newHost(core: Core, allocation: Allocation, { named, reached, relay, relaysOnly }: PeerRoute): Host {
  if (allocation.hosts.size >= core.rules.quotas.permissions) throw overQuota(core, 'permissions')
  const host: Host = { named, reached, relay, relaysOnly, expiresAt: 0, channels: new Map() }
  allocation.hosts.set(reached, host)
  return host
}

export function permittedHost(core: Core, allocation: Allocation, ip: string, now: number): Host | undefined {
  const host = allocation.hosts.get(reachedIp(core, ip))
  return host && host.expiresAt > now && host.relay.expiresAt > now ? host : undefined
}

/** @throws {Refusal} 508 when so many peers are too many: then none of them gets its permission */
export function checkRoom(core: Core, { hosts }: Allocation, routes: readonly PeerRoute[]): void {
  const added = new Set(routes.map(({ reached }) => reached).filter((ip) => !hosts.has(ip)))
  if (hosts.size + added.size > core.rules.quotas.permissions) throw overQuota(core, 'permissions')
}

/** Behind a NAT our relays are met inside, not by way of the public address, which many NATs would not turn round. */
const reachedIp = (core: Core, named: string): string => core.relayIps.get(named) ?? named

const relayFor = ({ relays }: Allocation, ip: string, now: number): Relay | undefined =>
  relays.find(({ family, expiresAt }) => family === familyOf(ip) && expiresAt > now)
