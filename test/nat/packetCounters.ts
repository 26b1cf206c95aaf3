import type { NetworkNamespace } from './networkNamespace.ts'

/**
 * UDP packets of a host since `countPackets`, in both directions. `relayed`: to and from the relay. `direct`: between
 * the host and any address and port but the relay's. `rtp`: RTP inside the relayed ones.
 */
export interface PacketCounts {
  relayed: number
  direct: number
  rtp: number
}

/** The first two bits of RTP and RTCP are 10 (RFC 3550 §5.1). RTCP has the packet types 192 to 223 (RFC 5761 §4). */
const isRtp = (bit: number): string => `@th,${bit},2 2 @th,${bit + 8},8 != 192-223`

/**
 * Counts the packets of a host of the lab with nftables. UDP has a header of 64 bits. ChannelData has 4 bytes before
 * its data (RFC 8656 §12.4). An indication has 20 bytes, the peer's IPv4 address in 12 bytes, and the header of DATA.
 * @param port of the relay
 * @returns the function that reads the counters
 */
export function countPackets(host: NetworkNamespace, port: number): () => PacketCounts {
  const rules = (end: 'dport' | 'sport', address: 'daddr' | 'saddr'): string[] => [
    `ip ${address} 198.18.0.0/15 udp ${end} ${port} counter name relayed`,
    `udp ${end} ${port} @th,64,2 1 ${isRtp(96)} counter name rtp`,
    `udp ${end} ${port} @th,64,16 { 0x0016, 0x0017 } ${isRtp(352)} counter name rtp`,
    `ip ${address} 198.18.0.0/15 udp ${end} != ${port} counter name direct`,
  ]
  host.nft(
    [
      'table inet duet_packets {',
      ...names.map((name) => `counter ${name} { }`),
      'chain out {',
      'type filter hook output priority 0;',
      ...rules('dport', 'daddr'),
      '}',
      'chain in {',
      'type filter hook input priority 0;',
      ...rules('sport', 'saddr'),
      '}',
      '}',
    ].join('\n'),
  )
  const read = (name: keyof PacketCounts): number =>
    Number(/packets (\d+)/.exec(host.run(['nft', 'list', 'counter', 'inet', 'duet_packets', name]))?.[1])
  return () => ({ relayed: read('relayed'), direct: read('direct'), rtp: read('rtp') })
}

const names = ['relayed', 'direct', 'rtp'] as const satisfies readonly (keyof PacketCounts)[]
