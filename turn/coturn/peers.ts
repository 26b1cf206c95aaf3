import { loopbackRanges, privateRanges } from '../common/address.ts'
import { PeerPolicy } from '../core/peerPolicy.ts'
import { cloudRanges, specialRanges } from '../core/specialAddresses.ts'
import type { TurnOptions } from '../common/options.ts'
import { isOverlap, showRange, toRange, without } from './ranges.ts'

type PeerOptions = Pick<TurnOptions, 'allowPrivatePeers' | 'allowPeers' | 'denyPeers'>

/** IPv6 that carries IPv4 to be judged: coturn judges it by its looks (CVE-2026-27624), and WebRTC needs none of it. */
const carriers = ['2002::/16']

/** Closed to coturn, whatever is allowed, unless it is told. */
const loopback = loopbackRanges.map(toRange)

/**
 * Our peer policy in coturn's words. There what is allowed is stronger than what is denied, so what we deny is taken out of it.
 * @param relays own addresses where relays are: two relayed clients have to meet there
 */
export function peerLines({ allowPrivatePeers, allowPeers = [], denyPeers = [] }: PeerOptions, relays: readonly string[]): string[] {
  const denied = denyPeers.map(toRange)
  const closed = [...specialRanges, ...cloudRanges, ...(allowPrivatePeers ? [] : privateRanges), ...carriers, ...denyPeers].map(toRange)
  const allowed = allowPeers.flatMap((cidr) => without(toRange(cidr), denied))
  const policy = new PeerPolicy({ allowPrivatePeers, allowPeers, denyPeers, isOurs: () => false, isRelay: () => false })
  const meeting = relays.filter((ip) => policy.judge(ip) === 'closed').flatMap((ip) => without(toRange(ip), denied))
  return [
    'no-multicast-peers',
    ...([...allowed, ...meeting].some((range) => loopback.some((other) => isOverlap(range, other))) ? ['allow-loopback-peers'] : []),
    ...closed.flatMap(showRange).map((range) => `denied-peer-ip=${range}`),
    ...allowed.flatMap(showRange).map((range) => `allowed-peer-ip=${range}`),
    ...(meeting.length > 0 ? ['# Two relayed clients meet here. coturn opens every port of it, ours only the relay ports: bind nothing else there.'] : []),
    ...meeting.flatMap(showRange).map((range) => `allowed-peer-ip=${range}`),
  ]
}
