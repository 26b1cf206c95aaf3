/** Which networks an address is of, as far as an owner must know. */
const privateRanges = [/^10\./, /^172\.(1[6-9]|2\d|3[01])\./, /^192\.168\./, /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, /^169\.254\./, /^f[cd]/i, /^fe[89ab]/i]

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

export const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$|.*\.localhost$)/i.test(bare(host))

/** Reached from nearby only: nobody outside of this network can send there. */
export const isPrivate = (host: string): boolean => isLoopback(host) || privateRanges.some((range) => range.test(bare(host)))

/** Names resolve; addresses need not. */
export const isName = (host: string): boolean => !host.startsWith('[') && !/^\d+(\.\d+){3}$/.test(host)

/** Whether a page at `host` may be meant for the whole internet. */
export const isForEveryone = (host: string): boolean => !isPrivate(host) && !/\.(local|lan|home|internal|test)$/i.test(host) && host.includes('.')

export type AddressKind = 'ipv4' | 'ipv6' | 'hidden'

/** `hidden`: an mDNS name (RFC 8828), which the other side can look up in the same network only. */
export const kindOf = (address: string): AddressKind =>
  /\.local$/i.test(address) ? 'hidden' : address.includes(':') ? 'ipv6' : 'ipv4'
