import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { canonicalIp, type AddressSet } from '../../turn/index.ts'
import { normalizeHost } from './hostHeader.ts'

/** The reverse proxies in front of this server, and what a request that came through them means. */
export class TrustedProxies {
  readonly #trusted: AddressSet
  readonly #publicUrl: string | undefined

  /** @param publicUrl the origin that people open: `DUET_PUBLIC_URL` */
  constructor(trusted: AddressSet, publicUrl?: string) {
    this.#trusted = trusted
    this.#publicUrl = publicUrl
  }

  /**
   * Each proxy adds behind the others who asked it, so the last one that is no proxy of ours is the one; earlier entries
   * are untrusted. Empty where a trusted proxy sends no valid address.
   */
  clientAddress({ socket, headers }: IncomingMessage): string {
    const peer = canonicalIp(socket.remoteAddress ?? '')
    const forwarded = [headers['x-forwarded-for'] ?? []]
      .flat()
      .flatMap((line) => line.split(','))
      .map(parseForwardedAddress)
    return [...forwarded, peer].findLast((address) => !this.#trusted.has(address)) ?? forwarded[0] ?? peer
  }

  /**
   * Returns the host and port by which the caller knows this server, or an empty string. A page of the public URL knows that one: a
   * proxy may send its upstream's address as `Host`, and a browser elsewhere would then look for TURN at its own 127.0.0.1.
   */
  requestedHost({ headers }: IncomingMessage): string {
    if (this.#publicUrl !== undefined && headers.origin === this.#publicUrl) return new URL(this.#publicUrl).host
    return normalizeHost(headers.host)
  }
}

/** Some proxies add a port, and IPv6 then has brackets. */
function parseForwardedAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
  return isIP(bare) ? canonicalIp(bare) : ''
}
