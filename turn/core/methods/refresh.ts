import { read } from '../../stun/message.ts'
import { lifetimeOf } from '../allocation.ts'
import type { Allocation, Relay } from '../types.ts'
import { success } from '../response.ts'
import type { UserCall } from '../call.ts'
import type { Effect } from '../effects.ts'
import { Refusal } from '../turnError.ts'
import { releaseRelays } from '../deleteAllocation.ts'

/** RFC 8656 §8.2. */
export function answerRefresh(call: UserCall): Effect[] {
  const { core, message, path, now } = call
  const allocation = core.live(path.key, now)
  if (!allocation) throw new Refusal(437)
  const named = namedRelays(call, allocation)
  const asked = read(message, 'lifetime')
  if (asked === 0) return [success(call, [['lifetime', 0]]), ...releaseRelays(core, allocation, named)]
  const lifetime = lifetimeOf(asked, allocation.user.endsAt - now)
  for (const relay of named) relay.expiresAt = now + lifetime
  allocation.expiresAt = Math.max(...allocation.relays.map(({ expiresAt }) => expiresAt))
  return [success(call, [['lifetime', lifetime / 1000]])]
}

/** RFC 8656 §8.2: those of the family that the request names, or all. */
function namedRelays({ message, now }: UserCall, { relays }: Allocation): readonly Relay[] {
  const asked = read(message, 'requestedAddressFamily')
  const live = relays.filter(({ expiresAt }) => expiresAt > now)
  if (asked === undefined) return live
  const named = live.filter(({ family }) => family === (asked === 1 ? 4 : asked === 2 ? 6 : undefined))
  if (named.length === 0) throw new Refusal(443)
  return named
}
