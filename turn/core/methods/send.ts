import { has, read } from '../../stun/message.ts'
import type { Request } from '../types.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { isPeerPortAllowed, findPermission } from '../permissions.ts'
import { spendBytes } from '../quotas.ts'

/**
 * Handles a Send indication (RFC 8656 §11.2). Returns no effects for an invalid one, which is dropped without a
 * response.
 */
export function handleSend(state: ServerState, { message, fiveTuple, now }: Request): Effect[] {
  const allocation = state.findAllocation(fiveTuple.key, now)
  const peer = read(message, 'xorPeerAddress')
  const data = read(message, 'data')
  if (!allocation || !peer || !data) return []
  const permission = findPermission(state, allocation, peer.ip, now)
  if (
    !permission ||
    !isPeerPortAllowed(state, permission.isRelayPortsOnly, peer.port) ||
    !spendBytes(state, allocation, data.length, now)
  )
    return []
  const isWhole = has(message, 'dontFragment')
  const to = { ip: permission.reachedIp, port: peer.port }
  return [{ type: 'relay', from: permission.relay, to, data, ...(isWhole && { isWhole }) }]
}
