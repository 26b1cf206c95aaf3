/**
 * The only IP address rules of the pages and the machines. `turn/common/address.ts` has those of the server, because
 * browsers have no node:net, and because `turn/` imports nothing. A test compares both.
 */

/** Reachable from this machine only: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export const loopbackRanges = ['127.0.0.0/8', '::1'] as const

/** Not routed by the internet: RFC 1918, RFC 6598, RFC 4193, and link-local (RFC 3927, RFC 4291 §2.5.6). */
export const privateRanges = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  '169.254.0.0/16',
  'fe80::/10',
] as const

/**
 * Returns the canonical text of an IP address, IPv4 for an IPv4-mapped one; null for a name. `URL` normalizes the text,
 * but rejects a zone (`%eth0`), which is ignored.
 */
function canonicalAddress(host: string): string | null {
  const unbracketed = host.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const url = `http://${unbracketed.includes(':') ? `[${unbracketed}]` : unbracketed}`
  if (!URL.canParse(url)) return null
  const canonical = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical)
  if (mapped)
    return mapped
      .slice(1)
      .map((word) => parseInt(word, 16))
      .flatMap((word) => [word >> 8, word & 0xff])
      .join('.')
  return canonical.includes(':') || isDotted(canonical) ? canonical : null
}

const isDotted = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text)

/** The bits of a canonical address as text: 32 for IPv4, 128 for IPv6. */
function toBits(address: string): string {
  if (isDotted(address)) return joinBits(address.split('.').map(Number), 8)
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16))))
  return joinBits([...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail], 16)
}

const joinBits = (numbers: readonly number[], width: number): string =>
  numbers.map((number) => number.toString(2).padStart(width, '0')).join('')

function isInRanges(ranges: readonly string[], host: string): boolean {
  const address = canonicalAddress(host)
  return address !== null && ranges.some((range) => isInRange(range, address))
}

function isInRange(range: string, address: string): boolean {
  const [ip = '', prefix] = range.split('/')
  if (isDotted(ip) !== isDotted(address)) return false
  return toBits(address).startsWith(toBits(ip).slice(0, prefix === undefined ? undefined : Number(prefix)))
}

/** Returns whether a host is `localhost`, a name below it, or a loopback address. @param host IPv6 also in brackets */
export const isLoopback = (host: string): boolean =>
  isInRanges(loopbackRanges, host) || /^(?:[^.]+\.)*localhost\.?$/i.test(host)

/** Returns whether a host is a loopback or private address, which other networks can't reach. */
export const isPrivate = (host: string): boolean => isLoopback(host) || isInRanges(privateRanges, host)

/** Returns true for a DNS name, false for an IP address. */
export const isHostname = (host: string): boolean => !host.startsWith('[') && !isDotted(host)

/** Returns whether a page at `host` may serve the whole internet. */
export const isPublicHost = (host: string): boolean =>
  !isPrivate(host) && !/\.(local|lan|home|internal|test)$/i.test(host) && host.includes('.')

/** Kind of a host candidate's address. */
export type AddressKind = 'ipv4' | 'ipv6' | 'mdns'

/** Returns the kind of an address. An mDNS name (RFC 8828) resolves only within the same network. */
export const addressKind = (address: string): AddressKind =>
  /\.local$/i.test(address) ? 'mdns' : address.includes(':') ? 'ipv6' : 'ipv4'

/** IPv4 in its canonical form. Without this check, `URL` took a tenth of the CPU of a relayed candidate. */
const canonicalIpv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/**
 * Returns whether a text is an IP address that a peer may have. `0.0.0.0` and `::` are none, in any spelling.
 * The URL parser rejects text that only looks like an address, which the browser would look up as a name.
 */
export function isPeerAddress(text: string): boolean {
  if (canonicalIpv4.test(text)) return text !== '0.0.0.0'
  if (!isDotted(text) && !/^(?=.*:)[0-9a-f:.]+$/i.test(text)) return false
  const canonical = canonicalAddress(text)
  if (canonical === null || canonical === '0.0.0.0' || canonical === '::') return false
  // Other spellings of IPv4, such as 010.0.0.1, are octal for some programs.
  return !isDotted(text) || canonical === text
}
