/**
 * Address ranges that the connection test distinguishes. The page cannot import the server's rules
 * (turn/common/address.ts), so a test compares both.
 */
const loopbackRanges = [/^127\./, /^::1$/]
const privateRanges = [
  /^10\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^192\.168\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^169\.254\./,
  /^f[cd]..:/,
  /^fe[89ab].:/,
]

/**
 * Returns the canonical text of an IP address, IPv4 for an IPv4-mapped one; null for a name. `URL` normalizes the text.
 */
function canonicalAddress(host: string): string | null {
  const unbracketed = host.replace(/^\[|\]$/g, '')
  const url = `http://${unbracketed.includes(':') ? `[${unbracketed}]` : unbracketed}`
  const canonical = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : unbracketed
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical)
  if (mapped)
    return mapped
      .slice(1)
      .map((word) => parseInt(word, 16))
      .flatMap((word) => [word >> 8, word & 0xff])
      .join('.')
  return canonical.includes(':') || /^\d+(\.\d+){3}$/.test(canonical) ? canonical : null
}

const isInRanges = (ranges: readonly RegExp[], host: string): boolean => {
  const address = canonicalAddress(host)
  return address !== null && ranges.some((range) => range.test(address))
}

export const isLoopback = (host: string): boolean =>
  isInRanges(loopbackRanges, host) || /^(?:[^.]+\.)*localhost\.?$/i.test(host)

/** True for a loopback or private address, which other networks can't reach. */
export const isPrivate = (host: string): boolean => isLoopback(host) || isInRanges(privateRanges, host)

/** True for a DNS name, false for an IP address. */
export const isHostname = (host: string): boolean => !host.startsWith('[') && !/^\d+(\.\d+){3}$/.test(host)

/** True if a page at `host` may serve the whole internet. */
export const isPublicHost = (host: string): boolean =>
  !isPrivate(host) && !/\.(local|lan|home|internal|test)$/i.test(host) && host.includes('.')

/** Kind of a host candidate's address. */
export type AddressKind = 'ipv4' | 'ipv6' | 'mdns'

/** Returns the kind of an address. An mDNS name (RFC 8828) resolves only within the same network. */
export const addressKind = (address: string): AddressKind =>
  /\.local$/i.test(address) ? 'mdns' : address.includes(':') ? 'ipv6' : 'ipv4'
