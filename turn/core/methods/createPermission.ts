import { readAll } from '../../stun/message.ts'
import { successResponse } from '../response.ts'
import type { AuthenticatedRequest } from '../types.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { checkPermissionQuota, addPermission, routeToPeer } from '../permissions.ts'
import { TurnError } from '../turnError.ts'

/**
 * Handles a CreatePermission request (RFC 8656 §10.2): installs a permission for every peer or for none.
 * @throws {TurnError} 400, 403, 437, 443 or 508
 */
export function handleCreatePermission(state: ServerState, request: AuthenticatedRequest): Effect[] {
  const { message, fiveTuple, now } = request
  const allocation = state.findAllocation(fiveTuple.key, now)
  if (!allocation) throw new TurnError(437)
  const peers = readAll(message, 'xorPeerAddress')
  if (peers.length === 0) throw new TurnError(400)
  const routes = peers.map((peer) => routeToPeer(state, allocation, peer, now))
  checkPermissionQuota(state, allocation, routes)
  for (const route of routes) addPermission(state, allocation, route, now)
  return [successResponse(request, [])]
}
