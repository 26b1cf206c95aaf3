import { isIP } from 'node:net'

/** Host and port as a client wrote them into `Host`, or null where that is neither a name nor an address. */
export function parseHost(header: string | undefined): URL | null {
  if (!header || !/^[a-z0-9.:_[\]-]{1,255}$/i.test(header)) return null
  return URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : null
}

const isLocalName = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost')

/** The same name for ICE, which looks up nothing on the way: Chromium gathers from no `localhost`. */
export const iceHost = (url: URL): string => (isLocalName(url.hostname) ? '127.0.0.1' : url.hostname)

export const isLoopbackHost = ({ hostname }: URL): boolean =>
  isLocalName(hostname) || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')
