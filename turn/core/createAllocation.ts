import type { Attribute } from '../stun/attributes.ts'
import { read } from '../stun/message.ts'
import { lifetimeOf, lifetimes } from './allocation.ts'
import type { Allocation, Relay, Want } from './types.ts'
import { success, transactionOf } from './response.ts'
import type { UserCall } from './call.ts'
import type { Effect } from './effects.ts'
import { ownerOf } from './quotas.ts'

/** RFC 8656 §7.2, the end of it: the sockets are there, so the allocation is. */
export function grant(call: UserCall, bound: readonly Relay[], wants: readonly Want[], extra: readonly Attribute[]): Effect[] {
  const isPair = wants[0]?.shape === 'pair'
  return isPair ? settle(call, bound.slice(0, 1), [['reservationToken', reserve(call, bound[1]!)], ...extra]) : settle(call, bound, extra)
}

/** @param relays bound already; the user was counted */
export function settle(call: UserCall, relays: readonly Relay[], extra: readonly Attribute[]): Effect[] {
  const { core, path, now, user, message } = call
  const lifetime = lifetimeOf(read(message, 'lifetime'), user.endsAt - now)
  const allocation: Allocation = {
    path, user, relays, transaction: transactionOf(call), relaysAtFirst: relays, lifetimeAtFirst: lifetime, extra, expiresAt: now + lifetime,
    secondBegan: now, bytesThisSecond: 0,
    meter: core.meters.join(path.remote.ip), hosts: new Map(), channels: new Map(),
  }
  for (const relay of relays) {
    relay.owner = allocation
    relay.expiresAt = now + lifetime
    core.relayIps.set(relay.advertised.ip, relay.local.ip)
  }
  core.allocations.set(path.key, allocation)
  core.counters.allocated++
  if (user.userClass === 'guest') core.counters.guestAllocated++
  return [success(call, answerOf(allocation))]
}

/** The answer to the request that created the allocation, and to each retransmission of it. */
export const answerOf = ({ path, relaysAtFirst, lifetimeAtFirst, extra }: Allocation): Attribute[] => [
  ...relaysAtFirst.map(({ advertised }): Attribute => ['xorRelayedAddress', advertised]),
  ['lifetime', lifetimeAtFirst / 1000],
  ['xorMappedAddress', path.remote],
  ...extra,
]

/** RFC 8656 §7.2: the odd port is held for 30 s. */
function reserve({ core, user, path, now }: UserCall, relay: Relay): Uint8Array {
  const token = core.rules.random(8)
  const reservation = { relay, userName: user.name, owner: ownerOf({ user, path }), expiresAt: now + lifetimes.reservation }
  core.reservations.set(Buffer.from(token).toString('hex'), reservation)
  return token
}
