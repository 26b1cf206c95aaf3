import { cloudRanges, loopbackRanges, privateRanges, sixToFourRange, specialRanges } from '../common/addressRanges.ts'
import { PeerPolicy } from '../core/peerPolicy.ts'
import type { TurnOptions } from '../common/options.ts'
import { overlaps, formatRange, parseRange, subtractRanges } from './ranges.ts'

type PeerOptions = Pick<TurnOptions, 'allowPrivatePeers' | 'allowPeers' | 'denyPeers'>

/** coturn denies loopback despite `allowed-peer-ip`, unless `allow-loopback-peers` is set. */
const loopback = loopbackRanges.map(parseRange)

/**
 * Formats the peer policy for turnserver.conf. In coturn, allowed ranges override denied ones.
 * So this function subtracts the denied ranges from the allowed ones.
 * @param relays relay addresses of the machine, opened so that two relayed clients can connect
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
    // coturn does not check the IPv4 part (CVE-2026-27624). `specialRanges` holds the other ranges that embed IPv4.
    sixToFourRange,
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
          '# Relay addresses: two relayed clients connect here.',
          '# coturn opens every port of them; Duet opens only relay ports. Bind no other service to them.',
        ]
      : []),
    ...meeting.flatMap(formatRange).map((range) => `allowed-peer-ip=${range}`),
  ]
}
