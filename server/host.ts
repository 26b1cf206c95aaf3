import { isIP } from 'node:net'

/** Host and port as a client wrote them into `Host`, or null where that is neither a name nor an address. */
export function parseHost(header: string | undefined, scheme = 'http'): URL | null {
  if (!header || !/^[a-z0-9.:_[\]-]{1,255}$/i.test(header)) return null
  const url = `${scheme}://${header}`
  return URL.canParse(url) ? new URL(url) : null
}

/** To some browsers `localhost` means ::1, where not everything listens. */
export const isLocalName = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost')

export const isLoopbackHost = ({ hostname }: URL): boolean =>
  isLocalName(hostname) || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** True for a setting of `HOST` that means all addresses. */
export const isEvery = (host: string | undefined): host is '0.0.0.0' | '::' | undefined =>
  host === undefined || host === '0.0.0.0' || host === '::'

/** An address as URLs have it (RFC 3986 §3.2.2). */
export const urlHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)
