/**
 * The only IP ranges of `turn/` and `server/`, as CIDRs. `machines/protocol/address.ts` has the part that pages need; a
 * test compares both.
 */

/** Reachable from this machine only: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export const loopbackRanges = ['127.0.0.0/8', '::1'] as const

/** Ranges that the internet does not route: RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193. */
export const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'] as const

/** Valid on one link only: RFC 3927, RFC 4291 §2.5.6. */
export const linkLocalRanges = ['169.254.0.0/16', 'fe80::/10'] as const

/** The networks of a LAN, as CIDRs. */
export const lanRanges: readonly string[] = [...privateRanges, ...linkLocalRanges, ...loopbackRanges]

/** 6to4 (RFC 3056 §2): the IPv4 address follows the prefix. */
export const sixToFourRange = '2002::/16'

/**
 * IPv6 ranges that embed an IPv4 address at byte `at`: RFC 4291 §2.5.5, RFC 2765 §2.1, RFC 6052 §2.1, RFC 3056 §2.
 */
export const embeddingRanges: readonly (readonly [cidr: string, at: number])[] = [
  ['::ffff:0:0/96', 12],
  ['::/96', 12],
  ['::ffff:0:0:0/96', 12],
  ['64:ff9b::/96', 12],
  [sixToFourRange, 2],
]

/**
 * Ranges that relays reach only through `allowPeers`, including multicast and reserved space.
 * From the IANA special-purpose registries (iana-ipv4-special-registry, iana-ipv6-special-registry).
 */
export const specialRanges = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Only 2000::/3 is global unicast. The rest holds ::, ::1, NAT64, discard-only, fe80::/10 and ff00::/8.
  '::/3',
  '4000::/2',
  '8000::/2',
  'c000::/3',
  'e000::/4',
  'f000::/5',
  'f800::/6',
  'fe00::/7',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
] as const

/**
 * Cloud services for virtual machines (metadata, credentials, agents) that are not in `specialRanges`.
 * They have public addresses or lie within private ranges. `allowPeers` opens them; `allowPrivatePeers` does not.
 */
export const cloudRanges = [
  // Azure: WireServer and DNS.
  '168.63.129.16/32',
  // IBM Cloud: infrastructure services, and the endpoints of other services.
  '161.26.0.0/16',
  '166.8.0.0/14',
  // Alibaba Cloud; Volcano Engine.
  '100.100.100.200/32',
  'fd00:100::100:200/128',
  '100.96.0.96/32',
  // AWS: metadata, Pod Identity, DNS, NTP.
  'fd00:ec2::/32',
  // Google Cloud, Oracle Cloud, Scaleway, Akamai (Linode).
  'fd20:ce::254/128',
  'fd00:c1::a9fe:a9fe/128',
  'fd00:42::42/128',
  'fd00:a9fe:a9fe::1/128',
] as const
