import type { Attribute } from '../stun/attributes.ts'
import { familyOf } from '../stun/ip.ts'
import { read } from '../stun/message.ts'
import { grantedLifetimeMs, lifetimesMs } from './allocation.ts'
import type { Allocation, AuthenticatedRequest, PendingAllocation, Relay } from './types.ts'
import { successResponse, transactionKey } from './response.ts'
import type { ServerState } from './serverState.ts'
import type { Effect } from './effects.ts'
import { quotaKeysFor } from './quotas.ts'

/** Creates the allocation once its sockets are bound, and reserves the odd port of a pair (RFC 8656 §7.2). */
export function completeAllocation(
  state: ServerState,
  { request, relays, requestedRelays, extraAttributes }: PendingAllocation,
): Effect[] {
  if (requestedRelays[0]?.shape !== 'pair') return createAllocation(state, request, relays, extraAttributes)
  return createAllocation(state, request, relays.slice(0, 1), [
    ['reservationToken', reserveRelay(state, request, relays[1]!)],
    ...extraAttributes,
  ])
}

/**
 * Creates an allocation and returns its success response.
 * @param relays their sockets are bound, and the quotas count them already
 */
export function createAllocation(
  state: ServerState,
  request: AuthenticatedRequest,
  relays: readonly Relay[],
  extraAttributes: readonly Attribute[],
): Effect[] {
  const { fiveTuple, now, user, message } = request
  const lifetimeMs = grantedLifetimeMs(read(message, 'lifetime'), user.expiresAt - now)
  const allocation: Allocation = {
    fiveTuple,
    user,
    relays,
    transactionKey: transactionKey(request),
    initialRelays: relays,
    initialLifetimeMs: lifetimeMs,
    extraAttributes,
    expiresAt: now + lifetimeMs,
    secondStartedAt: now,
    bytesThisSecond: 0,
    meter: state.meters.acquire(fiveTuple.remote.ip),
    permissions: new Map(),
    channels: new Map(),
  }
  for (const relay of relays) {
    relay.allocation = allocation
    relay.expiresAt = now + lifetimeMs
    state.relayIps.set(relay.advertised.ip, relay.local.ip)
  }
  state.allocations.set(fiveTuple.key, allocation)
  state.counters.allocated++
  state.counters.allocatedBy[`${fiveTuple.transport}${familyOf(fiveTuple.remote.ip)}`]++
  if (user.userClass === 'guest') state.counters.guestAllocated++
  return [successResponse(request, allocationAttributes(allocation))]
}

/** Attributes of the response to the Allocate and to each of its retransmissions. */
export const allocationAttributes = ({
  fiveTuple,
  initialRelays,
  initialLifetimeMs,
  extraAttributes,
}: Allocation): Attribute[] => [
  ...initialRelays.map(({ advertised }): Attribute => ['xorRelayedAddress', advertised]),
  ['lifetime', initialLifetimeMs / 1000],
  ['xorMappedAddress', fiveTuple.remote],
  ...extraAttributes,
]

/** Holds the odd port for 30 s and returns its token (RFC 8656 §7.2). */
function reserveRelay(state: ServerState, { user, fiveTuple, now }: AuthenticatedRequest, relay: Relay): Uint8Array {
  const token = state.rules.randomBytes(8)
  const reservation = {
    relay,
    userName: user.name,
    quotaKeys: quotaKeysFor({ user, fiveTuple }),
    expiresAt: now + lifetimesMs.reservation,
  }
  state.reservations.set(Buffer.from(token).toString('hex'), reservation)
  return token
}
