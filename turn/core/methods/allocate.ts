import type { Family } from '../../stun/ip.ts'
import { has, read } from '../../stun/message.ts'
import { success, transactionOf } from '../response.ts'
import type { UserCall } from '../call.ts'
import type { Effect } from '../effects.ts'
import { answerOf, settle } from '../createAllocation.ts'
import { beginOpening, lacking } from '../pendingAllocation.ts'
import type { Want } from '../types.ts'
import type { PortShape } from '../relayPorts.ts'
import { ownerOf } from '../quotas.ts'
import { Refusal } from '../turnError.ts'

const udp = 17

/** RFC 8656 §7.2. */
export function answerAllocate(call: UserCall): Effect[] {
  const { core, message } = call
  const repeated = repeat(call)
  if (repeated) return repeated
  // RFC 8656 §19: 508, so that the client tries another server and not this one again.
  if (core.isDraining) throw new Refusal(508)
  const transport = read(message, 'requestedTransport')
  if (transport === undefined) throw new Refusal(400)
  if (transport !== udp) throw new Refusal(442)
  return has(message, 'reservationToken') ? claimReserved(call) : openNew(call)
}

/** A retransmission has the same answer, or will have it; another Allocate on this 5-tuple is a mistake. */
function repeat(call: UserCall): Effect[] | undefined {
  const { core, path, now, user } = call
  const allocation = core.live(path.key, now)
  const opening = core.openings.get(path.key)
  if (!allocation && !opening) return undefined
  const first = allocation ?? { user: opening!.call.user, transaction: transactionOf(opening!.call) }
  if (first.transaction !== transactionOf(call) || first.user.name !== user.name) throw new Refusal(437)
  return allocation ? [success(call, answerOf(allocation))] : []
}

function claimReserved(call: UserCall): Effect[] {
  const { core, message, now, user } = call
  const alone = (['evenPort', 'requestedAddressFamily', 'additionalAddressFamily'] as const).every((name) => !has(message, name))
  if (!alone) throw new Refusal(400)
  const token = Buffer.from(read(message, 'reservationToken')!).toString('hex')
  const reservation = core.reservations.get(token)
  if (!reservation || reservation.expiresAt <= now || reservation.userName !== user.name) throw new Refusal(508)
  // It was counted when it was reserved, for an address that may be another.
  core.tally.add(reservation.owner, -1)
  core.tally.add(ownerOf(call), 1)
  core.reservations.delete(token)
  return settle(call, [reservation.relay], [])
}

function openNew(call: UserCall): Effect[] {
  const families = readFamilies(call)
  const shape = readShape(call)
  const wants = families.map((family) => wanted(call, family, shape)).filter((want) => want !== undefined)
  if (wants.length === 0) throw new Refusal(440)
  const missing = families.filter((family) => !wants.some((want) => want.family === family))
  return beginOpening(call, wants, missing.map((family) => lacking(family, 440)))
}

/** RFC 8656 §7.2: the additional family may only be IPv6, beside the IPv4 that is the default. */
function readFamilies({ message }: UserCall): Family[] {
  const asked = read(message, 'requestedAddressFamily')
  const additional = read(message, 'additionalAddressFamily')
  if (additional === undefined) return [familyOf(asked ?? 1)]
  if (asked !== undefined || additional !== 2 || read(message, 'evenPort')) throw new Refusal(400)
  return [4, 6]
}

function familyOf(number: number): Family {
  if (number !== 1 && number !== 2) throw new Refusal(440)
  return number === 1 ? 4 : 6
}

function readShape({ message }: UserCall): PortShape {
  const even = read(message, 'evenPort')
  return even === undefined ? 'any' : even ? 'pair' : 'even'
}

function wanted({ core, path }: UserCall, family: Family, shape: PortShape): Want | undefined {
  const address = core.rules.relayAddress(path.local.ip, family)
  return address && { family, address, shape }
}
