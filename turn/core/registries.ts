/**
 * Where a relay has no business, from the IANA special-purpose registries (iana-ipv4-special-registry,
 * iana-ipv6-special-registry), multicast and reserved space included.
 */
export const specialRanges = [
  '0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15',
  '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  // Only 2000::/3 is handed out as global unicast; the rest holds ::, ::1, NAT64, discard-only, fe80::/10 and ff00::/8.
  '::/3', '4000::/2', '8000::/2', 'c000::/3', 'e000::/4', 'f000::/5', 'f800::/6', 'fe00::/7',
  '2001::/23', '2001:db8::/32', '3fff::/20',
] as const
