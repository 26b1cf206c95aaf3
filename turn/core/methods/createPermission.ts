import { readAll } from '../../stun/message.ts'
import { success, type UserCall } from '../call.ts'
import type { Effect } from '../effects.ts'
import { checkRoom, objection, permit } from '../hosts.ts'
import { Refusal } from '../refusal.ts'

/** RFC 8656 §10.2: all of the peers, or none. */
export function answerCreatePermission(call: UserCall): Effect[] {
  const { core, message, path, now } = call
  const allocation = core.live(path.key, now)
  if (!allocation) throw new Refusal(437)
  const peers = readAll(message, 'xorPeerAddress')
  if (peers.length === 0) throw new Refusal(400)
  for (const peer of peers) {
    const code = objection(core, allocation, peer, now)
    if (code) throw new Refusal(code)
  }
  checkRoom(core, allocation, peers)
  for (const peer of peers) permit(core, allocation, peer, now)
  return [success(call, [])]
}
