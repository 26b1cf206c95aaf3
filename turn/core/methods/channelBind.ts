import type { Address } from '../../stun/ip.ts'
import { read } from '../../stun/message.ts'
import { lifetimes, unbind } from '../allocation.ts'
import type { Allocation, Channel } from '../types.ts'
import { success } from '../response.ts'
import type { UserCall } from '../call.ts'
import type { Effect } from '../effects.ts'
import { isPortOpen, permit, routeTo } from '../permissions.ts'
import { overQuota } from '../quotas.ts'
import { Refusal } from '../turnError.ts'

/** RFC 8656 §12.2; it also installs or refreshes the permission. */
export function answerChannelBind(call: UserCall): Effect[] {
  const { core, message, path, now } = call
  const allocation = core.live(path.key, now)
  if (!allocation) throw new Refusal(437)
  const number = read(message, 'channelNumber')
  const peer = read(message, 'xorPeerAddress')
  if (number === undefined || peer === undefined || !isChannelNumber(number)) throw new Refusal(400)
  bind(call, allocation, number, peer)
  return [success(call, [])]
}

/** RFC 8656 §12 stops at 0x4fff; RFC 5766 §11 went on to 0x7fff, and its clients, coturn's among them, still do. */
const isChannelNumber = (number: number): boolean => number >= 0x4000 && number <= 0x7fff

function bind({ core, now }: UserCall, allocation: Allocation, number: number, peer: Address): void {
  const route = routeTo(core, allocation, peer, now)
  if (!isPortOpen(core, route.relaysOnly, peer.port)) throw new Refusal(403)
  const ofNumber = liveChannel(allocation, allocation.channels.get(number), now)
  const ofPeer = liveChannel(allocation, allocation.hosts.get(route.reached)?.channels.get(peer.port), now)
  if (ofNumber !== ofPeer) throw new Refusal(400)
  if (!ofNumber && allocation.channels.size >= core.rules.quotas.channels) throw overQuota(core, 'channels')
  const host = permit(core, allocation, route, now)
  const channel = ofNumber ?? { number, host, port: peer.port, expiresAt: 0 }
  channel.expiresAt = now + lifetimes.channel
  allocation.channels.set(number, channel)
  host.channels.set(peer.port, channel)
}

/** An expired one is forgotten on the way, so that its number and its peer are free again. */
function liveChannel(allocation: Allocation, channel: Channel | undefined, now: number): Channel | undefined {
  if (!channel || channel.expiresAt > now) return channel
  unbind(allocation, channel)
  return undefined
}
