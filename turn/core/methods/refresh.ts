import { read } from '../../stun/message.ts'
import { grantedLifetimeMs } from '../allocation.ts'
import type { Allocation, AuthenticatedRequest, Relay } from '../types.ts'
import { successResponse } from '../response.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { TurnError } from '../turnError.ts'
import { deleteRelays } from '../deleteAllocation.ts'

/** Handles a Refresh request (RFC 8656 §8.2); a lifetime of 0 deletes. @throws {TurnError} 437 or 443 */
export function handleRefresh(state: ServerState, request: AuthenticatedRequest): Effect[] {
  const { message, fiveTuple, now } = request
  const allocation = state.findAllocation(fiveTuple.key, now)
  if (!allocation) throw new TurnError(437)
  const selected = selectRelays(request, allocation)
  const requestedSeconds = read(message, 'lifetime')
  if (requestedSeconds === 0)
    return [successResponse(request, [['lifetime', 0]]), ...deleteRelays(state, allocation, selected)]
  const lifetimeMs = grantedLifetimeMs(requestedSeconds, allocation.user.expiresAt - now)
  for (const relay of selected) relay.expiresAt = now + lifetimeMs
  allocation.expiresAt = Math.max(...allocation.relays.map(({ expiresAt }) => expiresAt))
  return [successResponse(request, [['lifetime', lifetimeMs / 1000]])]
}

/** RFC 8656 §8.2: the live relays of the requested family, or all of them. */
function selectRelays({ message, now }: AuthenticatedRequest, { relays }: Allocation): readonly Relay[] {
  const requestedFamily = read(message, 'requestedAddressFamily')
  const live = relays.filter(({ expiresAt }) => expiresAt > now)
  if (requestedFamily === undefined) return live
  const selected = live.filter(
    ({ family }) => family === (requestedFamily === 1 ? 4 : requestedFamily === 2 ? 6 : undefined),
  )
  if (selected.length === 0) throw new TurnError(443)
  return selected
}
