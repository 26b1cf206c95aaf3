import { isLoopbackIp } from '../common/address.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { lifetimesMs } from './allocation.ts'
import type { Allocation, Permission, Relay } from './types.ts'
import type { ServerState } from './serverState.ts'
import { isPortInRange } from './relayPorts.ts'
import { quotaError } from './quotas.ts'
import { TurnError } from './turnError.ts'

/** How a relay reaches a peer that the client may talk to. */
export type PeerRoute = Pick<Permission, 'requestedIp' | 'reachedIp' | 'relay' | 'isRelayPortsOnly'>

/** RFC 8656 §10.2, §12.2. @throws {TurnError} 443 without a relay of the family, 403 for a peer that the policy closes or the relay cannot reach */
export function routeToPeer(state: ServerState, allocation: Allocation, { ip }: Address, now: number): PeerRoute {
  const relay = findRelay(allocation, ip, now)
  if (!relay) throw new TurnError(443)
  const verdict = state.peerPolicy.judge(ip)
  const reachedIp = resolveReachedIp(state, ip)
  if (verdict === 'closed' || !isReachable(relay, reachedIp)) throw new TurnError(403)
  return { requestedIp: ip, reachedIp, relay, isRelayPortsOnly: verdict === 'relays' }
}

/** A socket that is bound to loopback sends to loopback only: the kernel refuses all else (EINVAL), and the packets would be lost. */
const isReachable = ({ local }: Relay, ip: string): boolean => !isLoopbackIp(local.ip) || isLoopbackIp(ip)

/** The ports of our own relay addresses are open in the relay range only: the rest is this machine's. */
export const isPeerPortAllowed = (state: ServerState, isRelayPortsOnly: boolean, port: number): boolean =>
  port > 0 && (!isRelayPortsOnly || isPortInRange(state.rules.relayPorts, port))

/** Installs or refreshes a permission. @throws {TurnError} 508 */
export function addPermission(state: ServerState, allocation: Allocation, route: PeerRoute, now: number): Permission {
  const permission = allocation.permissions.get(route.reachedIp) ?? createPermission(state, allocation, route)
  permission.expiresAt = now + lifetimesMs.permission
  return permission
}

function createPermission(
  state: ServerState,
  allocation: Allocation,
  { requestedIp, reachedIp, relay, isRelayPortsOnly }: PeerRoute,
): Permission {
  if (allocation.permissions.size >= state.rules.quotas.permissions) throw quotaError(state, 'permissions')
  const permission: Permission = { requestedIp, reachedIp, relay, isRelayPortsOnly, expiresAt: 0, channels: new Map() }
  allocation.permissions.set(reachedIp, permission)
  return permission
}

export function findPermission(
  state: ServerState,
  allocation: Allocation,
  ip: string,
  now: number,
): Permission | undefined {
  const permission = allocation.permissions.get(resolveReachedIp(state, ip))
  return permission && permission.expiresAt > now && permission.relay.expiresAt > now ? permission : undefined
}

/** @throws {TurnError} 508 when so many peers are too many: then none of them gets its permission */
export function checkPermissionQuota(
  state: ServerState,
  { permissions }: Allocation,
  routes: readonly PeerRoute[],
): void {
  const added = new Set(routes.map(({ reachedIp }) => reachedIp).filter((ip) => !permissions.has(ip)))
  if (permissions.size + added.size > state.rules.quotas.permissions) throw quotaError(state, 'permissions')
}

/** Behind a NAT our relays are met inside, not by way of the public address, which many NATs would not turn round. */
const resolveReachedIp = (state: ServerState, requestedIp: string): string =>
  state.relayIps.get(requestedIp) ?? requestedIp

const findRelay = ({ relays }: Allocation, ip: string, now: number): Relay | undefined =>
  relays.find(({ family, expiresAt }) => family === familyOf(ip) && expiresAt > now)
