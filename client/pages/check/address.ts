/**
 * Which networks an address is of, as far as an owner must know. The server's rules (turn/common/address.ts) cannot be imported here; a
 * test holds both to the same answers.
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

/** Canonical text of an address, IPv4 for an IPv4-mapped one; null for a name. `URL` spells every address in one way. */
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

/** Reached from nearby only: nobody outside of this network can send there. */
export const isPrivate = (host: string): boolean => isLoopback(host) || isInRanges(privateRanges, host)

/** Names resolve; addresses need not. */
export const isHostname = (host: string): boolean => !host.startsWith('[') && !/^\d+(\.\d+){3}$/.test(host)

/** Whether a page at `host` may be meant for the whole internet. */
export const isPublicHost = (host: string): boolean =>
  !isPrivate(host) && !/\.(local|lan|home|internal|test)$/i.test(host) && host.includes('.')

export type AddressKind = 'ipv4' | 'ipv6' | 'mdns'

/** `mdns`: an mDNS name (RFC 8828), which the other side can look up in the same network only. */
export const addressKind = (address: string): AddressKind =>
  /\.local$/i.test(address) ? 'mdns' : address.includes(':') ? 'ipv6' : 'ipv4'
