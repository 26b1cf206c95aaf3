/**
 * The kinds of networks. Their behavior under Linux, as coturn's `turnutils_natdiscovery` measures it
 * (netLab.test.ts):
 *
 * | kind       | mapping (RFC 4787 §4)         | filtering (§5)              |
 * |------------|-------------------------------|-----------------------------|
 * | open       | none: a public address        | none                        |
 * | preserving | endpoint-independent, same port | address and port-dependent |
 * | symmetric  | address and port-dependent, random port | address and port-dependent |
 * | no-udp     | UDP blocked                   |                             |
 * | only-443   | UDP blocked, TCP to port 443 only |                         |
 *
 * Conntrack tracks flows, not mappings, so it always filters by address and port. `masquerade` keeps the port
 * while no other flow uses it. With one host behind the router this equals an endpoint-independent mapping.
 */
export const networkKinds = ['open', 'preserving', 'symmetric', 'no-udp', 'only-443'] as const
export type NetworkKind = (typeof networkKinds)[number]
export type NattedKind = Exclude<NetworkKind, 'open'>

/**
 * The pairs that can connect without a relay:
 * - open × open, preserving, symmetric: the NATed side sends first to a public address, which opens its filter.
 *   The open side replies to the source address (peer-reflexive if the mapping differs from the STUN mapping).
 * - preserving × preserving: both sides know the peer's mapping from STUN, and it is valid for every destination.
 *   Both send, and both filters open.
 * - preserving × symmetric: no connection. The symmetric side sends from a port that STUN did not see.
 *   The preserving side does not know it and cannot open its filter. Packets to the port that STUN saw are filtered.
 * - symmetric × symmetric: no connection. Each side sends to a port that the peer does not use.
 * - no-udp, only-443: no connection. Between browsers media uses UDP only (Chromium has no passive TCP candidates).
 */
const directPeers: Readonly<Record<NetworkKind, readonly NetworkKind[]>> = {
  open: ['open', 'preserving', 'symmetric'],
  preserving: ['open', 'preserving'],
  symmetric: ['open'],
  'no-udp': [],
  'only-443': [],
}

/** True if two sites can connect without a relay. */
export const canConnectDirectly = (one: NetworkKind, other: NetworkKind): boolean => directPeers[one].includes(other)

/** The protocols that reach a relay from each kind of network. */
export const relayProtocols: Readonly<Record<NetworkKind, readonly string[]>> = {
  open: ['udp'],
  preserving: ['udp'],
  symmetric: ['udp'],
  'no-udp': ['tcp', 'tls'],
  'only-443': ['tls'],
}

const masqueradeFlags: Readonly<Record<NattedKind, string>> = {
  preserving: '',
  symmetric: 'fully-random',
  'no-udp': '',
  'only-443': '',
}
const egressMatches: Readonly<Record<NattedKind, string>> = {
  preserving: '',
  symmetric: '',
  'no-udp': 'meta l4proto != udp',
  'only-443': 'tcp dport 443',
}

/**
 * nftables rules of a router between `in` and `out`. It drops rejected packets silently, as most routers do.
 * It must also drop unsolicited packets to itself. An ICMP error would leave a flow in conntrack. The host inside
 * would then get another port for that peer than the one that the peer knows.
 */
export const createRouterRules = (kind: NattedKind): string => `
table ip site {
  chain leaving {
    type nat hook postrouting priority srcnat
    oifname "out" masquerade ${masqueradeFlags[kind]}
  }
  chain passing {
    type filter hook forward priority filter; policy drop
    ct state established,related accept
    iifname "in" ${egressMatches[kind]} accept
  }
  chain entering {
    type filter hook input priority filter; policy drop
    iifname "in" accept
  }
}
`
