import type { Family } from '../../stun/ip.ts'
import { has, read } from '../../stun/message.ts'
import { successResponse, transactionKey } from '../response.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { allocationAttributes, createAllocation } from '../createAllocation.ts'
import { beginAllocation, familyError } from '../pendingAllocation.ts'
import type { AuthenticatedRequest, RequestedRelay } from '../types.ts'
import type { PortShape } from '../relayPorts.ts'
import { quotaKeysFor } from '../quotas.ts'
import { TurnError } from '../turnError.ts'

const udpProtocol = 17

/** Handles an Allocate request (RFC 8656 §7.2). @throws {TurnError} 400, 437, 440, 442, 486 or 508 */
export function handleAllocate(state: ServerState, request: AuthenticatedRequest): Effect[] {
  const { message } = request
  const retransmission = answerRetransmission(state, request)
  if (retransmission) return retransmission
  // RFC 8656 §19: 508 makes the client try another server.
  if (state.isDraining) throw new TurnError(508)
  const transport = read(message, 'requestedTransport')
  if (transport === undefined) throw new TurnError(400)
  if (transport !== udpProtocol) throw new TurnError(442)
  return has(message, 'reservationToken') ? claimReservation(state, request) : allocateNew(state, request)
}

/**
 * Answers a retransmission like the original request, or with no effects while that request is pending.
 * @throws {TurnError} 437 for any other Allocate on this 5-tuple
 */
function answerRetransmission(state: ServerState, request: AuthenticatedRequest): Effect[] | undefined {
  const { fiveTuple, now, user } = request
  const allocation = state.findAllocation(fiveTuple.key, now)
  const pending = state.pendingAllocations.get(fiveTuple.key)
  if (!allocation && !pending) return undefined
  const first = allocation ?? { user: pending!.request.user, transactionKey: transactionKey(pending!.request) }
  if (first.transactionKey !== transactionKey(request) || first.user.name !== user.name) throw new TurnError(437)
  return allocation ? [successResponse(request, allocationAttributes(allocation))] : []
}

function claimReservation(state: ServerState, request: AuthenticatedRequest): Effect[] {
  const { message, now, user } = request
  const isAlone = (['evenPort', 'requestedAddressFamily', 'additionalAddressFamily'] as const).every(
    (name) => !has(message, name),
  )
  if (!isAlone) throw new TurnError(400)
  const token = Buffer.from(read(message, 'reservationToken')!).toString('hex')
  const reservation = state.reservations.get(token)
  if (!reservation || reservation.expiresAt <= now || reservation.userName !== user.name) throw new TurnError(508)
  // The reservation was counted for the address that made it, which may differ from this client's.
  state.allocationCounts.add(reservation.quotaKeys, -1)
  state.allocationCounts.add(quotaKeysFor(request), 1)
  state.reservations.delete(token)
  return createAllocation(state, request, [reservation.relay], [])
}

function allocateNew(state: ServerState, request: AuthenticatedRequest): Effect[] {
  const families = readFamilies(request)
  const shape = readShape(request)
  const requestedRelays = families
    .map((family) => findRequestedRelay(state, request.fiveTuple.local.ip, family, shape))
    .filter((requested) => requested !== undefined)
  if (requestedRelays.length === 0) throw new TurnError(440)
  const missing = families.filter((family) => !requestedRelays.some((requested) => requested.family === family))
  return beginAllocation(
    state,
    request,
    requestedRelays,
    missing.map((family) => familyError(family, 440)),
  )
}

/** RFC 8656 §7.2: the additional family must be IPv6, beside the default IPv4. */
function readFamilies({ message }: AuthenticatedRequest): Family[] {
  const requestedFamily = read(message, 'requestedAddressFamily')
  const additionalFamily = read(message, 'additionalAddressFamily')
  if (additionalFamily === undefined) return [parseFamily(requestedFamily ?? 1)]
  if (requestedFamily !== undefined || additionalFamily !== 2 || read(message, 'evenPort')) throw new TurnError(400)
  return [4, 6]
}

function parseFamily(number: number): Family {
  if (number !== 1 && number !== 2) throw new TurnError(440)
  return number === 1 ? 4 : 6
}

function readShape({ message }: AuthenticatedRequest): PortShape {
  const even = read(message, 'evenPort')
  return even === undefined ? 'any' : even ? 'pair' : 'even'
}

function findRequestedRelay(
  { rules }: ServerState,
  serverIp: string,
  family: Family,
  shape: PortShape,
): RequestedRelay | undefined {
  const address = rules.chooseRelayAddress(serverIp, family)
  return address && { family, address, shape }
}
