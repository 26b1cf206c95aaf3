import { BlockList, isIP } from 'node:net'
import { familyOf, formatIp, parseIp, canonicalIp } from '../stun/ip.ts'

/**
 * The only rules for IP addresses in `turn/` and `server/`: sets of CIDRs, kinds of addresses, and the network that counts as one
 * visitor. Everywhere an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) is the IPv4 address in it, because a dual-stack socket spells
 * IPv4 clients that way, and a zone (`%eth0`) is left out.
 */

/** Reached by nobody else: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export const loopbackRanges = ['127.0.0.0/8', '::1'] as const

/** Networks that the internet does not route to: RFC 1918, RFC 6598 (carrier NAT), RFC 4193. */
export const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'] as const

/** Valid on one link only: RFC 3927, RFC 4291 §2.5.6. */
export const linkLocalRanges = ['169.254.0.0/16', 'fe80::/10'] as const

/** A set of addresses, made of CIDRs and single addresses. `::/0` holds no IPv4 address, `0.0.0.0/0` no IPv6 address. */
export class AddressSet {
  // One list for each family: node:net compares IPv4 with an IPv6 rule as ::ffff:0:0/96, so that `::/3` would hold all of IPv4.
  readonly #lists = { 4: new BlockList(), 6: new BlockList() }

  /** @throws {Error} that quotes the first part that is neither an address nor a CIDR */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) this.#add(cidr)
  }

  /** False for a text that is not an address. */
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
 * `10.0.0.0/8`, or an address without a prefix for itself alone. Part of `::ffff:0:0/96` becomes the IPv4 range that it maps.
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

export const isLoopbackIp = (ip: string): boolean => loopback.has(ip)

export const isLinkLocalIp = (ip: string): boolean => linkLocal.has(ip)

/** Loopback, private or link-local: the internet does not route to it. */
export const isNonPublicIp = (ip: string): boolean => nearby.has(ip)

/** `localhost` and the names below it (RFC 6761 §6.3), also with the final dot of an absolute name. */
export const isLoopbackName = (name: string): boolean => /^(?:[^.]+\.)*localhost\.?$/i.test(name)

/** @param host a name or an address, with or without the brackets that URLs put around IPv6 */
export const isLoopbackHost = (host: string): boolean =>
  isLoopbackName(host) || isLoopbackIp(host.replace(/^\[(.*)\]$/, '$1'))

/**
 * The key under which limits count an address: an IPv4 address itself, of IPv6 the network of so many bits, such as
 * `2001:db8:1:2::/64`. A household or one machine has a /64 (RFC 6177), a customer of a hosting provider often a /48. A text that is
 * not an address is its own key.
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

/** An address as URLs and `Host` spell it (RFC 3986 §3.2.2): IPv6 in brackets. */
export const urlHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)
