import { read } from '../../stun/message.ts'
import type { Call } from '../call.ts'
import type { Effect } from '../effects.ts'
import { isPortOpen, permittedHost } from '../permissions.ts'
import { spendBytes } from '../quotas.ts'

/** RFC 8656 §11.2: a Send indication; whatever is wrong with it is dropped in silence. */
export function relaySend({ core, message, path, now }: Call): Effect[] {
  const allocation = core.live(path.key, now)
  const peer = read(message, 'xorPeerAddress')
  const data = read(message, 'data')
  if (!allocation || !peer || !data) return []
  const host = permittedHost(core, allocation, peer.ip, now)
  if (!host || !isPortOpen(core, host.relaysOnly, peer.port) || !spendBytes(core, allocation, data.length, now)) return []
  return [{ type: 'relay', from: host.relay, to: { ip: host.reached, port: peer.port }, data }]
}
