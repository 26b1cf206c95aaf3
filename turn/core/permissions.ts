import { isLoopbackIp } from '../common/address.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { lifetimesMs } from './allocation.ts'
import type { Allocation, Permission, Relay } from './types.ts'
import type { ServerState } from './serverState.ts'
import { isPortInRange } from './relayPorts.ts'
import { quotaError } from './quotas.ts'
import { TurnError } from './turnError.ts'

/** The route from a relay to a permitted peer. */
export type PeerRoute = Pick<Permission, 'requestedIp' | 'reachedIp' | 'relay' | 'isRelayPortsOnly'>

/**
 * Returns the route to a peer (RFC 8656 §10.2, §12.2).
 * @throws {TurnError} 443 without a relay of the family; 403 if the policy denies the peer or the relay cannot reach it
 */
export function routeToPeer(state: ServerState, allocation: Allocation, { ip }: Address, now: number): PeerRoute {
  const relay = findRelay(allocation, ip, now)
  if (!relay) throw new TurnError(443)
  const verdict = state.peerPolicy.judge(ip)
  const reachedIp = resolveReachedIp(state, ip)
  if (verdict === 'closed' || !isReachable(relay, reachedIp)) throw new TurnError(403)
  return { requestedIp: ip, reachedIp, relay, isRelayPortsOnly: verdict === 'relays' }
}

/** A socket bound to loopback sends to loopback only. The kernel rejects other destinations (EINVAL). */
const isReachable = ({ local }: Relay, ip: string): boolean => !isLoopbackIp(local.ip) || isLoopbackIp(ip)

/** Returns whether a peer port is allowed. On this server's own relay addresses, only the relay range is open. */
export const isPeerPortAllowed = (state: ServerState, isRelayPortsOnly: boolean, port: number): boolean =>
  port > 0 && (!isRelayPortsOnly || isPortInRange(state.rules.relayPorts, port))

/** Installs or refreshes a permission. @throws {TurnError} 508 when the permission quota is full */
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

/** Returns the live permission for a peer address, if any. */
export function findPermission(
  state: ServerState,
  allocation: Allocation,
  ip: string,
  now: number,
): Permission | undefined {
  const permission = allocation.permissions.get(resolveReachedIp(state, ip))
  return permission && permission.expiresAt > now && permission.relay.expiresAt > now ? permission : undefined
}

/** @throws {TurnError} 508 when the routes exceed the permission quota; then no permission is installed */
export function checkPermissionQuota(
  state: ServerState,
  { permissions }: Allocation,
  routes: readonly PeerRoute[],
): void {
  const added = new Set(routes.map(({ reachedIp }) => reachedIp).filter((ip) => !permissions.has(ip)))
  if (permissions.size + added.size > state.rules.quotas.permissions) throw quotaError(state, 'permissions')
}

/** Behind a NAT, this server reaches its own relays at their local address, because many NATs do not hairpin. */
const resolveReachedIp = (state: ServerState, requestedIp: string): string =>
  state.relayIps.get(requestedIp) ?? requestedIp

const findRelay = ({ relays }: Allocation, ip: string, now: number): Relay | undefined =>
  relays.find(({ family, expiresAt }) => family === familyOf(ip) && expiresAt > now)
