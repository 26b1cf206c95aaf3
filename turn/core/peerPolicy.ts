import { AddressSet, privateRanges } from '../common/address.ts'
import { formatIp, parseIp } from '../stun/ip.ts'
import { cloudRanges, specialRanges } from './specialAddresses.ts'

/** Rules for peer addresses. `allowPeers` and `denyPeers` hold IP addresses or CIDRs. */
export interface PeerRules {
  readonly allowPrivatePeers?: boolean | undefined
  readonly allowPeers?: readonly string[] | undefined
  readonly denyPeers?: readonly string[] | undefined
  /** Returns whether this machine has the address or advertises it. */
  readonly isOwnAddress: (ip: string) => boolean
  /** Returns whether this server's relays are reached at the address. */
  readonly isRelayAddress: (ip: string) => boolean
}

/** `relays` opens only the ports of the relay range, so that two relayed clients can connect. */
export type PeerVerdict = 'open' | 'relays' | 'closed'

/** Decides which peers a client may reach. The first matching rule wins. */
export class PeerPolicy {
  readonly #rules: PeerRules
  readonly #denied: AddressSet
  readonly #allowed: AddressSet
  readonly #closed: AddressSet

  constructor(rules: PeerRules) {
    this.#rules = rules
    this.#denied = new AddressSet(rules.denyPeers ?? [])
    this.#allowed = new AddressSet(rules.allowPeers ?? [])
    this.#closed = new AddressSet([...specialRanges, ...cloudRanges, ...(rules.allowPrivatePeers ? [] : privateRanges)])
  }

  /** Returns the verdict for a peer address. An IPv4 address embedded in IPv6 is judged as IPv4. */
  judge(requestedIp: string): PeerVerdict {
    const ip = embeddedIpv4(requestedIp) ?? requestedIp
    if (this.#denied.has(ip) || this.#denied.has(requestedIp)) return 'closed'
    if (this.#allowed.has(ip)) return 'open'
    if (this.#rules.isRelayAddress(ip)) return 'relays'
    return this.#rules.isOwnAddress(ip) || this.#closed.has(ip) ? 'closed' : 'open'
  }
}

/**
 * IPv6 prefixes that embed an IPv4 address at byte `at`: RFC 4291 §2.5.5, RFC 2765 §2.1, RFC 6052 §2.1, RFC 3056 §2.
 */
const embeddingPrefixes: readonly (readonly [prefix: string, bits: number, at: number])[] = [
  ['::ffff:0:0', 96, 12],
  ['::', 96, 12],
  ['::ffff:0:0:0', 96, 12],
  ['64:ff9b::', 96, 12],
  ['2002::', 16, 2],
]
const parsedPrefixes = embeddingPrefixes.map(
  ([prefix, bits, at]) => [parseIp(prefix).subarray(0, bits / 8), at] as const,
)

/** Returns the IPv4 address embedded in an IPv6 address. Peer rules must apply to that address (CVE-2026-27624). */
export function embeddedIpv4(ip: string): string | undefined {
  const bytes = parseIp(ip)
  // RFC 4291 §2.5.5.1: neither is IPv4-compatible, although both have the prefix.
  if (bytes.length === 4 || ip === '::' || ip === '::1') return undefined
  const carrier = parsedPrefixes.find(([prefix]) => prefix.every((byte, i) => byte === bytes[i]))
  return carrier && formatIp(bytes.subarray(carrier[1], carrier[1] + 4))
}
