import { isLoopbackIp } from '../address.ts'
import type { ErrorCode } from '../stun/error.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { lifetimes, type Allocation, type Host, type Relay } from './allocation.ts'
import type { Core } from './core.ts'
import { isWithin } from './ports.ts'
import { overQuota } from './quotas.ts'
import { Refusal } from './refusal.ts'

/** Why a peer may not have a permission, if so: RFC 8656 §10.2, §12.2. */
export function objection(core: Core, allocation: Allocation, peer: Address, now: number): ErrorCode | undefined {
  const relay = relayFor(allocation, peer.ip, now)
  if (!relay) return 443
  return core.policy.judge(peer.ip) === 'closed' || !isReachable(relay, reachedIp(core, peer.ip)) ? 403 : undefined
}

/** A socket that is bound to loopback sends to loopback only: the kernel refuses all else (EINVAL), and the packets would be lost. */
const isReachable = ({ local }: Relay, ip: string): boolean => !isLoopbackIp(local.ip) || isLoopbackIp(ip)

/** The ports of our own relay addresses are open in the relay range only: the rest is this machine's. */
export const isPortOpen = (core: Core, relaysOnly: boolean, port: number): boolean =>
  port > 0 && (!relaysOnly || isWithin(core.rules.relayPorts, port))

/** Installs or refreshes a permission. Throws Refusal. */
export function permit(core: Core, allocation: Allocation, peer: Address, now: number): Host {
  const code = objection(core, allocation, peer, now)
  if (code) throw new Refusal(code)
  const host = hostOf(core, allocation, peer.ip) ?? newHost(core, allocation, peer, now)
  host.expiresAt = now + lifetimes.permission
  return host
}

function newHost(core: Core, allocation: Allocation, peer: Address, now: number): Host {
  if (allocation.hosts.size >= core.rules.quotas.permissions) throw overQuota(core, 'permissions')
  const host: Host = {
    named: peer.ip,
    reached: reachedIp(core, peer.ip),
    relay: relayFor(allocation, peer.ip, now)!,
    relaysOnly: core.policy.judge(peer.ip) === 'relays',
    expiresAt: 0,
    channels: new Map(),
  }
  allocation.hosts.set(host.reached, host)
  return host
}

export const hostOf = (core: Core, allocation: Allocation, ip: string): Host | undefined =>
  allocation.hosts.get(reachedIp(core, ip))

export function permittedHost(core: Core, allocation: Allocation, ip: string, now: number): Host | undefined {
  const host = hostOf(core, allocation, ip)
  return host && host.expiresAt > now && host.relay.expiresAt > now ? host : undefined
}

/** Throws Refusal when so many peers are too many: of several, none gets its permission then. */
export function checkRoom(core: Core, allocation: Allocation, peers: readonly Address[]): void {
  const more = new Set(peers.map(({ ip }) => reachedIp(core, ip)).filter((ip) => !allocation.hosts.has(ip)))
  if (allocation.hosts.size + more.size > core.rules.quotas.permissions) throw overQuota(core, 'permissions')
}

/** Behind a NAT our relays are met inside, not by way of the public address, which many NATs would not turn round. */
const reachedIp = (core: Core, named: string): string => core.relayIps.get(named) ?? named

const relayFor = ({ relays }: Allocation, ip: string, now: number): Relay | undefined =>
  relays.find(({ family, expiresAt }) => family === familyOf(ip) && expiresAt > now)
