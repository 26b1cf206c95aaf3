import type { Attribute } from '../stun/attributes.ts'
import { reasonPhrases } from '../stun/error.ts'
import type { Family } from '../stun/ip.ts'
import type { AuthenticatedRequest, PendingAllocation, Relay, RequestedRelay } from './types.ts'
import { errorResponse } from './response.ts'
import type { ServerState } from './serverState.ts'
import type { Effect } from './effects.ts'
import { completeAllocation } from './createAllocation.ts'
import { checkQuotas, usableRatio, quotaError, quotaKeysFor } from './quotas.ts'
import { TurnError } from './turnError.ts'

/** After this many port conflicts at an address, all of its ports count as taken. */
const maxPortConflicts = 64

/**
 * Takes ports and returns the effects that open their sockets. `handleRelayBound` or `handleRelayFailed` continues it.
 * @throws {TurnError} 486 or 508; then nothing is counted
 */
export function beginAllocation(
  state: ServerState,
  request: AuthenticatedRequest,
  requestedRelays: readonly RequestedRelay[],
  extraAttributes: readonly Attribute[],
): Effect[] {
  const quotaCount = requestedRelays[0]?.shape === 'pair' ? 2 : 1
  checkQuotas(state, request, quotaCount)
  const pending: PendingAllocation = {
    request,
    requestedRelays,
    extraAttributes,
    quotaCount,
    conflictingPorts: new Map(),
    relays: [],
    unboundRelays: new Set(),
  }
  const effects = takePorts(state, pending)
  state.pendingAllocations.set(request.fiveTuple.key, pending)
  state.allocationCounts.add(quotaKeysFor(request), quotaCount)
  return effects
}

/** @throws {TurnError} 508 when no family has a free port; then no port is taken */
function takePorts(state: ServerState, pending: PendingAllocation): Effect[] {
  const usableShare = usableRatio(state, pending.request.user.userClass)
  for (const requested of pending.requestedRelays) {
    const conflictingPorts = pending.conflictingPorts.get(requested.address.local) ?? new Set()
    const hasCapacity = state.ports.hasCapacity(requested.address.local, requested.shape, usableShare)
    if (!hasCapacity) quotaError(state, 'reservedPercent')
    const port =
      hasCapacity && conflictingPorts.size < maxPortConflicts
        ? state.ports.take(requested.address.local, requested.shape, conflictingPorts)
        : undefined
    if (port === undefined) dropRequestedRelay(pending, requested)
    else pending.relays.push(...createRelays(requested, port))
  }
  if (pending.relays.length === 0) throw new TurnError(508)
  for (const relay of pending.relays) {
    pending.unboundRelays.add(relay)
    state.pendingRelays.set(relay, pending)
  }
  return pending.relays.map((relay) => ({ type: 'open', relay }))
}

/** RFC 8656 §7.2: one of two families is enough. The response carries an error for the other family. */
function dropRequestedRelay(pending: PendingAllocation, requested: RequestedRelay): void {
  pending.requestedRelays = pending.requestedRelays.filter((other) => other !== requested)
  pending.extraAttributes = [...pending.extraAttributes, familyError(requested.family, 508)]
}

/** Returns the ADDRESS-ERROR-CODE of a family (RFC 8656 §18.12). */
export const familyError = (family: Family, code: 440 | 508): Attribute => [
  'addressErrorCode',
  { family: family === 4 ? 1 : 2, code, reason: reasonPhrases[code] },
]

function createRelays({ family, address, shape }: RequestedRelay, port: number): Relay[] {
  const ports = shape === 'pair' ? [port, port + 1] : [port]
  return ports.map((port) => ({
    family,
    local: { ip: address.local, port },
    advertised: { ip: address.advertised, port },
    expiresAt: 0,
  }))
}

/** Continues an allocation when one of its sockets is bound; the last one completes it. Unknown relays are ignored. */
export function handleRelayBound(state: ServerState, relay: Relay): Effect[] {
  const pending = state.pendingRelays.get(relay)
  if (!pending) return []
  state.pendingRelays.delete(relay)
  pending.unboundRelays.delete(relay)
  if (pending.unboundRelays.size > 0) return []
  state.pendingAllocations.delete(pending.request.fiveTuple.key)
  return completeAllocation(state, pending)
}

/**
 * Retries with other ports when the socket of a relay could not be bound. Unknown relays are ignored.
 * @param isPortError true if another process holds the port; false gives up the family at once
 */
export function handleRelayFailed(state: ServerState, relay: Relay, isPortError = true): Effect[] {
  const pending = state.pendingRelays.get(relay)
  if (!pending) return []
  state.pendingRelays.delete(relay)
  const { ip, port } = relay.local
  pending.conflictingPorts.set(ip, (pending.conflictingPorts.get(ip) ?? new Set()).add(port))
  state.ports.release(ip, port)
  pending.relays = pending.relays.filter((other) => other !== relay)
  for (const requested of isPortError ? [] : pending.requestedRelays.filter(({ address }) => address.local === ip))
    dropRequestedRelay(pending, requested)
  return [...closeRelays(state, pending), ...retryPorts(state, pending)]
}

function retryPorts(state: ServerState, pending: PendingAllocation): Effect[] {
  try {
    return takePorts(state, pending)
  } catch (error) {
    if (!(error instanceof TurnError)) throw error
    deletePendingAllocation(state, pending)
    return errorResponse(state, pending.request, error)
  }
}

/** Cancels an allocation whose client disconnected before its sockets were bound. */
export function cancelPendingAllocation(state: ServerState, pending: PendingAllocation): Effect[] {
  deletePendingAllocation(state, pending)
  return closeRelays(state, pending)
}

function deletePendingAllocation(state: ServerState, { request, quotaCount }: PendingAllocation): void {
  state.pendingAllocations.delete(request.fiveTuple.key)
  state.allocationCounts.add(quotaKeysFor(request), -quotaCount)
}

function closeRelays(state: ServerState, pending: PendingAllocation): Effect[] {
  const effects = pending.relays.map((relay): Effect => {
    state.pendingRelays.delete(relay)
    state.ports.release(relay.local.ip, relay.local.port)
    return { type: 'close', relay }
  })
  pending.relays = []
  pending.unboundRelays.clear()
  return effects
}
