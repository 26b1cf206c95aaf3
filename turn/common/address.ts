import { BlockList, isIP } from 'node:net'
import { familyOf, formatIp, parseIp, canonicalIp } from '../stun/ip.ts'

/**
 * The only IP address rules of `turn/` and `server/`: CIDR sets, kinds of addresses, and the network that counts as one
 * client.
 * All functions treat an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as its IPv4 address.
 * A dual-stack socket reports IPv4 clients in that form. A zone (`%eth0`) is ignored.
 */

/** Reachable from this machine only: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export const loopbackRanges = ['127.0.0.0/8', '::1'] as const

/** Ranges that the internet does not route: RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193. */
export const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'] as const

/** Valid on one link only: RFC 3927, RFC 4291 §2.5.6. */
export const linkLocalRanges = ['169.254.0.0/16', 'fe80::/10'] as const

/** A set of CIDRs and single addresses. `::/0` holds no IPv4 address; `0.0.0.0/0` holds no IPv6 address. */
export class AddressSet {
  // One list for each family: node:net matches IPv4 against IPv6 rules as ::ffff:0:0/96, so `::/3` would hold all of
  // IPv4.
  readonly #lists = { 4: new BlockList(), 6: new BlockList() }

  /** @throws {Error} that quotes the first entry that is neither an address nor a CIDR */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) this.#add(cidr)
  }

  /** Returns whether the set holds an address; false for any other text. */
  has(text: string): boolean {
    const ip = canonicalIp(text)
    return isIP(ip) !== 0 && this.#lists[familyOf(ip)].check(ip, ipVersion(ip))
  }

  #add(cidr: string): void {
    const { ip, prefix } = parseCidr(cidr)
    this.#lists[familyOf(ip)].addSubnet(ip, prefix, ipVersion(ip))
  }
}

const ipVersion = (ip: string): 'ipv4' | 'ipv6' => (familyOf(ip) === 4 ? 'ipv4' : 'ipv6')

/**
 * Parses a CIDR such as `10.0.0.0/8`. An address without a prefix is a range of one address.
 * A range inside `::ffff:0:0/96` becomes the IPv4 range that it maps.
 * @throws {Error} that quotes the text
 */
export function parseCidr(cidr: string): { ip: string; prefix: number } {
  const [, text = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(cidr) ?? []
  const maxPrefix = isIP(text) === 4 ? 32 : isIP(text) === 6 ? 128 : -1
  const prefix = bits === undefined ? maxPrefix : Number(bits)
  if (maxPrefix === -1 || prefix > maxPrefix)
    throw new Error(`${JSON.stringify(cidr)} is not an address or a CIDR such as 10.0.0.0/8 or fc00::/7`)
  const ip = canonicalIp(text)
  if (familyOf(ip) === familyOf(text)) return { ip, prefix }
  if (prefix >= 96) return { ip, prefix: prefix - 96 }
  return { ip: text, prefix }
}

const loopback = new AddressSet(loopbackRanges)
const nearby = new AddressSet([...loopbackRanges, ...privateRanges, ...linkLocalRanges])
const linkLocal = new AddressSet(linkLocalRanges)

/** Returns whether a text is a loopback address. */
export const isLoopbackIp = (ip: string): boolean => loopback.has(ip)

/** Returns whether a text is a link-local address. */
export const isLinkLocalIp = (ip: string): boolean => linkLocal.has(ip)

/** Returns whether an address is loopback, private or link-local, which the internet does not route. */
export const isNonPublicIp = (ip: string): boolean => nearby.has(ip)

/** Returns whether a name is `localhost` or below it (RFC 6761 §6.3). A final dot is allowed. */
export const isLoopbackName = (name: string): boolean => /^(?:[^.]+\.)*localhost\.?$/i.test(name)

/** Returns whether a host is a loopback name or address. @param host IPv6 with or without brackets */
export const isLoopbackHost = (host: string): boolean =>
  isLoopbackName(host) || isLoopbackIp(host.replace(/^\[(.*)\]$/, '$1'))

/**
 * Returns the key that limits count an address under: the IPv4 address, or the IPv6 network such as
 * `2001:db8:1:2::/64`.
 * A household or one machine has a /64 (RFC 6177). A customer of a hosting provider often has a /48.
 * A text that is not an address is returned unchanged.
 * @param bits 48 or 64
 */
export function networkKey(text: string, bits: 48 | 64 = 64): string {
  if (!text.includes(':')) return text
  const ip = canonicalIp(text)
  if (isIP(ip) !== 6) return ip
  const bytes = parseIp(ip)
  bytes.fill(0, bits / 8)
  return `${formatIp(bytes)}/${bits}`
}

/** Formats a host for URLs and `Host` headers (RFC 3986 §3.2.2): IPv6 gets brackets. */
export const urlHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)
