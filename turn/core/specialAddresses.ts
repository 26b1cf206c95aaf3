/**
 * Ranges that relays never reach, including multicast and reserved space.
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
