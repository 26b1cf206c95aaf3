/**
 * The networks that people sit in. What Linux makes of these rules, as coturn's `turnutils_natdiscovery` sees it (netLab.test.ts):
 *
 * | kind       | mapping (RFC 4787 §4)         | filtering (§5)              |
 * |------------|-------------------------------|-----------------------------|
 * | open       | none: a public address        | none                        |
 * | preserving | endpoint-independent, same port | address and port-dependent |
 * | symmetric  | address and port-dependent, random port | address and port-dependent |
 * | no-udp     | nothing answers by UDP        |                             |
 * | only-443   | nothing answers by UDP, nor by TCP but at 443 |             |
 *
 * Conntrack knows flows, not mappings, so it always filters by address and port; and `masquerade` keeps the port as long as no other
 * flow has it, which for one person behind the router is the same as an endpoint-independent mapping.
 */
export const networkKinds = ['open', 'preserving', 'symmetric', 'no-udp', 'only-443'] as const
export type NetworkKind = (typeof networkKinds)[number]
export type NattedKind = Exclude<NetworkKind, 'open'>

/**
 * Between whom packets can travel without a relay:
 * - open × open, preserving, symmetric: whoever is behind a NAT sends first, to an address that anybody may send to, and so opens
 *   the way back; the open side sees where from (peer-reflexive, where the mapping is not the one that STUN saw).
 * - preserving × preserving: both know the other's mapping from STUN, and it holds for the peer as well: both send, and both filters open.
 * - preserving × symmetric: the symmetric side sends from a port that STUN did not see, which the other one's filter lets in only after
 *   sending to it, which it cannot know of; and what goes to the port that STUN saw is filtered there. None.
 * - symmetric × symmetric: neither port is the one that the other one sends to. None.
 * - no-udp, only-443: browsers send media to each other by UDP only (Chromium opens no passive TCP candidates). None.
 */
const directPeers: Readonly<Record<NetworkKind, readonly NetworkKind[]>> = {
  open: ['open', 'preserving', 'symmetric'],
  preserving: ['open', 'preserving'],
  symmetric: ['open'],
  'no-udp': [],
  'only-443': [],
}

export const canConnectDirectly = (one: NetworkKind, other: NetworkKind): boolean => directPeers[one].includes(other)

/** By which protocols such a site gets to its relay. */
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
 * A router between `in` and `out`. What it refuses it drops without a word, as most do. It must not take in what nobody asked for
 * either: if it did (to answer that the port is closed), conntrack would keep that flow, and then the person inside, sending
 * to that peer a moment later, would be given another port than the one that the peer knows.
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
