import type { Address } from '../../stun/ip.ts'
import { read } from '../../stun/message.ts'
import { lifetimesMs, unbindChannel } from '../allocation.ts'
import type { Allocation, AuthenticatedRequest, Channel } from '../types.ts'
import { successResponse } from '../response.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'
import { isPeerPortAllowed, addPermission, routeToPeer } from '../permissions.ts'
import { quotaError } from '../quotas.ts'
import { TurnError } from '../turnError.ts'

/**
 * Handles a ChannelBind request (RFC 8656 §12.2). It also installs or refreshes the permission.
 * @throws {TurnError} 400, 403, 437, 443 or 508
 */
export function handleChannelBind(state: ServerState, request: AuthenticatedRequest): Effect[] {
  const { message, fiveTuple, now } = request
  const allocation = state.findAllocation(fiveTuple.key, now)
  if (!allocation) throw new TurnError(437)
  const number = read(message, 'channelNumber')
  const peer = read(message, 'xorPeerAddress')
  if (number === undefined || peer === undefined || !isChannelNumber(number)) throw new TurnError(400)
  bindChannel(state, allocation, number, peer, now)
  return [successResponse(request, [])]
}

/** RFC 8656 §12 ends at 0x4fff, but RFC 5766 §11 ended at 0x7fff. Older clients, such as coturn's, still use those. */
const isChannelNumber = (number: number): boolean => number >= 0x4000 && number <= 0x7fff

function bindChannel(state: ServerState, allocation: Allocation, number: number, peer: Address, now: number): void {
  const route = routeToPeer(state, allocation, peer, now)
  if (!isPeerPortAllowed(state, route.isRelayPortsOnly, peer.port)) throw new TurnError(403)
  const ofNumber = findLiveChannel(allocation, allocation.channels.get(number), now)
  const ofPeer = findLiveChannel(allocation, allocation.permissions.get(route.reachedIp)?.channels.get(peer.port), now)
  if (ofNumber !== ofPeer) throw new TurnError(400)
  if (!ofNumber && allocation.channels.size >= state.rules.quotas.channels) throw quotaError(state, 'channels')
  const permission = addPermission(state, allocation, route, now)
  const channel = ofNumber ?? { number, permission, port: peer.port, expiresAt: 0 }
  channel.expiresAt = now + lifetimesMs.channel
  allocation.channels.set(number, channel)
  permission.channels.set(peer.port, channel)
}

/** Returns a live channel. Unbinds an expired one, which frees its number and its peer. */
function findLiveChannel(allocation: Allocation, channel: Channel | undefined, now: number): Channel | undefined {
  if (!channel || channel.expiresAt > now) return channel
  unbindChannel(allocation, channel)
  return undefined
}
