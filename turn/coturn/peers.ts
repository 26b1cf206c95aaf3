import { loopbackRanges, privateRanges } from '../common/address.ts'
import { PeerPolicy } from '../core/peerPolicy.ts'
import { cloudRanges, specialRanges } from '../core/specialAddresses.ts'
import type { TurnOptions } from '../common/options.ts'
import { overlaps, formatRange, parseRange, subtractRanges } from './ranges.ts'

type PeerOptions = Pick<TurnOptions, 'allowPrivatePeers' | 'allowPeers' | 'denyPeers'>

/** IPv6 that carries IPv4 to be judged: coturn judges it by its looks (CVE-2026-27624), and WebRTC needs none of it. */
const embeddingRanges = ['2002::/16']

/** Closed to coturn, whatever is allowed, unless it is told. */
const loopback = loopbackRanges.map(parseRange)

/**
 * Our peer policy in coturn's words. There what is allowed is stronger than what is denied, so what we deny is taken out of it.
 * @param relays own addresses where relays are: two relayed clients have to meet there
 */
export function formatPeerRules(
  { allowPrivatePeers, allowPeers = [], denyPeers = [] }: PeerOptions,
  relays: readonly string[],
): string[] {
  const denied = denyPeers.map(parseRange)
  const closed = [
    ...specialRanges,
    ...cloudRanges,
    ...(allowPrivatePeers ? [] : privateRanges),
    ...embeddingRanges,
    ...denyPeers,
  ].map(parseRange)
  const allowed = allowPeers.flatMap((cidr) => subtractRanges(parseRange(cidr), denied))
  const policy = new PeerPolicy({
    allowPrivatePeers,
    allowPeers,
    denyPeers,
    isOwnAddress: () => false,
    isRelayAddress: () => false,
  })
  const meeting = relays
    .filter((ip) => policy.judge(ip) === 'closed')
    .flatMap((ip) => subtractRanges(parseRange(ip), denied))
  return [
    'no-multicast-peers',
    ...([...allowed, ...meeting].some((range) => loopback.some((other) => overlaps(range, other)))
      ? ['allow-loopback-peers']
      : []),
    ...closed.flatMap(formatRange).map((range) => `denied-peer-ip=${range}`),
    ...allowed.flatMap(formatRange).map((range) => `allowed-peer-ip=${range}`),
    ...(meeting.length > 0
      ? [
          '# Two relayed clients meet here. coturn opens every port of it, ours only the relay ports: bind nothing else there.',
        ]
      : []),
    ...meeting.flatMap(formatRange).map((range) => `allowed-peer-ip=${range}`),
  ]
}
