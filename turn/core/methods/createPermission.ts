import { readAll } from '../../stun/message.ts'
import { success } from '../response.ts'
import type { UserCall } from '../call.ts'
import type { Effect } from '../effects.ts'
import { checkRoom, permit, routeTo } from '../permissions.ts'
import { Refusal } from '../turnError.ts'

/** RFC 8656 §10.2: all of the peers, or none. */
export function answerCreatePermission(call: UserCall): Effect[] {
  const { core, message, path, now } = call
  const allocation = core.live(path.key, now)
  if (!allocation) throw new Refusal(437)
  const peers = readAll(message, 'xorPeerAddress')
  if (peers.length === 0) throw new Refusal(400)
  const routes = peers.map((peer) => routeTo(core, allocation, peer, now))
  checkRoom(core, allocation, routes)
  for (const route of routes) permit(core, allocation, route, now)
  return [success(call, [])]
}
