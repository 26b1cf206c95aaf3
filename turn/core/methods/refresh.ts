import { read } from '../../stun/message.ts'
import { lifetimeOf, type Allocation, type Relay } from '../allocation.ts'
import { success, type UserCall } from '../call.ts'
import type { Effect } from '../effects.ts'
import { Refusal } from '../refusal.ts'
import { closeRelay, release } from '../release.ts'

/** RFC 8656 §8.2. */
export function answerRefresh(call: UserCall): Effect[] {
  const { core, message, path, now } = call
  const allocation = core.live(path.key, now)
  if (!allocation) throw new Refusal(437)
  const named = namedRelays(call, allocation)
  const asked = read(message, 'lifetime')
  if (asked === 0) return [success(call, [['lifetime', 0]]), ...remove(call, allocation, named)]
  const lifetime = lifetimeOf(asked, allocation.user.endsAt - now)
  allocation.expiresAt = now + lifetime
  return [success(call, [['lifetime', lifetime / 1000]])]
}

/** Those of the family that the request names, or all. */
function namedRelays({ message }: UserCall, { relays }: Allocation): readonly Relay[] {
  const asked = read(message, 'requestedAddressFamily')
  if (asked === undefined) return relays
  const named = relays.filter(({ family }) => family === (asked === 1 ? 4 : asked === 2 ? 6 : undefined))
  if (named.length === 0) throw new Refusal(443)
  return named
}

function remove({ core }: UserCall, allocation: Allocation, named: readonly Relay[]): Effect[] {
  if (named.length === allocation.relays.length) return release(core, allocation)
  allocation.relays = allocation.relays.filter((relay) => !named.includes(relay))
  for (const [ip, host] of allocation.hosts) {
    if (!named.includes(host.relay)) continue
    allocation.hosts.delete(ip)
    for (const { number } of host.channels.values()) allocation.channels.delete(number)
  }
  return named.map((relay) => closeRelay(core, relay))
}
