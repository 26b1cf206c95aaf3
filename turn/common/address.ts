import { BlockList } from 'node:net'
import { canonicalIp, familyOf, formatIp, parseFamily, parseIp, parseIpv4 } from '../stun/ip.ts'
import { embeddingRanges, linkLocalRanges, loopbackRanges, privateRanges } from './addressRanges.ts'

/**
 * The only IP address rules of `turn/` and `server/`: CIDR sets, kinds of addresses, and the network that counts as one
 * client. The ranges are in `addressRanges.ts`, and the bytes of an address in `../stun/ip.ts`.
 * All functions treat an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as its IPv4 address.
 * A dual-stack socket reports IPv4 clients in that form. A zone (`%eth0`) is ignored.
 */

/** A set of CIDRs and single addresses. `::/0` holds no IPv4 address; `0.0.0.0/0` holds no IPv6 address. */
export class AddressSet {
  // IPv4 ranges are numbers: node:net creates an object for each look-up, which took half of a permission's time.
  readonly #ipv4Ranges: Ipv4Range[] = []
  // Without the IPv4 ranges: node:net matches IPv4 as ::ffff:0:0/96, so `::/3` would hold all of IPv4.
  readonly #ipv6List = new BlockList()

  /** True without any CIDR. */
  readonly isEmpty: boolean

  /** @throws {Error} that quotes the first entry that is neither an address nor a CIDR */
  constructor(cidrs: readonly string[]) {
    this.isEmpty = cidrs.length === 0
    for (const cidr of cidrs) this.#add(cidr)
  }

  /** Returns whether the set holds an address; false for any other text. */
  has(text: string): boolean {
    const ip = canonicalIp(text)
    const address = parseIpv4(ip)
    if (address === undefined) return parseFamily(ip) === 6 && this.#ipv6List.check(ip, 'ipv6')
    return this.#ipv4Ranges.some(({ first, last }) => address >= first && address <= last)
  }

  #add(cidr: string): void {
    const { ip, prefix } = parseCidr(cidr)
    const address = parseIpv4(ip)
    if (address === undefined) return this.#ipv6List.addSubnet(ip, prefix, 'ipv6')
    const size = 2 ** (32 - prefix)
    const first = Math.floor(address / size) * size
    this.#ipv4Ranges.push({ first, last: first + size - 1 })
  }
}

/** An inclusive range of IPv4 addresses, as unsigned 32-bit numbers. */
interface Ipv4Range {
  readonly first: number
  readonly last: number
}

/**
 * Parses a CIDR such as `10.0.0.0/8`. An address without a prefix is a range of one address.
 * A range inside `::ffff:0:0/96` becomes the IPv4 range that it maps.
 * @throws {Error} that quotes the text
 */
export function parseCidr(cidr: string): { ip: string; prefix: number } {
  const [, text = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(cidr) ?? []
  const family = parseFamily(text)
  const maxPrefix = family === 4 ? 32 : family === 6 ? 128 : -1
  const prefix = bits === undefined ? maxPrefix : Number(bits)
  if (maxPrefix === -1 || prefix > maxPrefix)
    throw new Error(`${JSON.stringify(cidr)} is not an address or a CIDR such as 10.0.0.0/8 or fc00::/7`)
  const ip = canonicalIp(text)
  if (familyOf(ip) === family) return { ip, prefix }
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

/** Returns the same for a key of `networkKey`. */
export const isNonPublicNetwork = (key: string): boolean => nearby.has(key.replace(/\/\d+$/, ''))

/** Returns whether a setting of an address to listen on means every address, or every IPv4 address. */
export const isWildcardHost = (host: string | undefined): host is '0.0.0.0' | '::' | undefined =>
  host === undefined || host === '0.0.0.0' || host === '::'

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/** Returns whether a host is an address. @param host IPv6 with or without brackets */
export const isIpHost = (host: string): boolean => parseFamily(withoutBrackets(host)) !== undefined

/** Returns whether a name is `localhost` or below it (RFC 6761 §6.3). A final dot is allowed. */
export const isLoopbackName = (name: string): boolean => /^(?:[^.]+\.)*localhost\.?$/i.test(name)

/** Returns whether a host is a loopback name or address. @param host IPv6 with or without brackets */
export const isLoopbackHost = (host: string): boolean => isLoopbackName(host) || isLoopbackIp(withoutBrackets(host))

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
  if (parseFamily(ip) !== 6) return ip
  const bytes = parseIp(ip)
  bytes.fill(0, bits / 8)
  return `${formatIp(bytes)}/${bits}`
}

/** Formats a host for URLs and `Host` headers (RFC 3986 §3.2.2): IPv6 gets brackets. */
export const urlHost = (host: string): string => (parseFamily(host) === 6 ? `[${host}]` : host)

/**
 * Returns the canonical address of an entry of `X-Forwarded-For`, or an empty string for other text. Some proxies append
 * a port; an IPv6 address then has brackets.
 */
export function parseForwardedAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
  return parseFamily(bare) === undefined ? '' : canonicalIp(bare)
}

const embeddingPrefixes = embeddingRanges.map(([cidr, at]) => {
  const [ip = '', bits] = cidr.split('/')
  return [parseIp(ip).subarray(0, Number(bits) / 8), at] as const
})

/** Returns the IPv4 address embedded in an IPv6 address. Peer rules must apply to that address (CVE-2026-27624). */
export function embeddedIpv4(ip: string): string | undefined {
  // RFC 4291 §2.5.5.1: `::` and `::1` are not IPv4-compatible, although both have the prefix.
  if (familyOf(ip) === 4 || ip === '::' || ip === '::1') return undefined
  const bytes = parseIp(ip)
  const carrier = embeddingPrefixes.find(([prefix]) => prefix.every((byte, i) => byte === bytes[i]))
  return carrier && formatIp(bytes.subarray(carrier[1], carrier[1] + 4))
}
