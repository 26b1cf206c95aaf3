import { AddressSet, privateRanges } from '../common/address.ts'
import { formatIp, parseIp } from '../stun/ip.ts'
import { cloudRanges, specialRanges } from './specialAddresses.ts'

export interface PeerRules {
  readonly allowPrivatePeers?: boolean | undefined
  readonly allowPeers?: readonly string[] | undefined
  readonly denyPeers?: readonly string[] | undefined
  /** Whether an address is this machine's, or is advertised as its own. */
  readonly isOwnAddress: (ip: string) => boolean
  /** Whether our own relays are reached at this address. */
  readonly isRelayAddress: (ip: string) => boolean
}

/** `relays`: only ports of the relay range, or two relayed clients could not meet. */
export type PeerVerdict = 'open' | 'relays' | 'closed'

/** Which peers a client may reach. The first rule that speaks decides. */
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

  judge(requestedIp: string): PeerVerdict {
    const ip = embeddedIpv4(requestedIp) ?? requestedIp
    if (this.#denied.has(ip) || this.#denied.has(requestedIp)) return 'closed'
    if (this.#allowed.has(ip)) return 'open'
    if (this.#rules.isRelayAddress(ip)) return 'relays'
    return this.#rules.isOwnAddress(ip) || this.#closed.has(ip) ? 'closed' : 'open'
  }
}

/** Prefixes that carry an IPv4 address, and where: RFC 4291 §2.5.5, RFC 2765 §2.1, RFC 6052 §2.1, RFC 3056 §2. */
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

/** CVE-2026-27624: an IPv4 address that is spelt as IPv6 is judged as what it is. */
export function embeddedIpv4(ip: string): string | undefined {
  const bytes = parseIp(ip)
  // RFC 4291 §2.5.5.1: neither is IPv4-compatible, though both begin so.
  if (bytes.length === 4 || ip === '::' || ip === '::1') return undefined
  const carrier = parsedPrefixes.find(([prefix]) => prefix.every((byte, i) => byte === bytes[i]))
  return carrier && formatIp(bytes.subarray(carrier[1], carrier[1] + 4))
}
