import type { IncomingMessage } from 'node:http'
import { canonicalIp, parseForwardedAddress, type AddressSet } from '../../turn/index.ts'
import { normalizeHost } from './hostHeader.ts'

/** Longest chain of trusted proxies. Earlier entries of `X-Forwarded-For` are not parsed: 16 KB took 31 ms. */
const maxProxies = 16

/** The reverse proxies in front of this server. Reads the client address and host of a request that they forward. */
export class TrustedProxies {
  readonly #trusted: AddressSet
  readonly #publicUrl: string | undefined

  /** @param publicUrl the origin that people open (`DUET_PUBLIC_URL`) */
  constructor(trusted: AddressSet, publicUrl?: string) {
    this.#trusted = trusted
    this.#publicUrl = publicUrl
  }

  /**
   * The client's IP address. Each proxy appends its peer to `X-Forwarded-For`, so the last address that is not a
   * trusted proxy is the client; earlier entries are untrusted. Empty if that entry is invalid: such clients
   * share the limits of one address. Without a trusted peer the header is ignored. Without the header it is the address
   * of the connection.
   */
  clientAddress({ socket, headers }: IncomingMessage): string {
    const peer = canonicalIp(socket.remoteAddress ?? '')
    const header = headers['x-forwarded-for']
    if (header === undefined || !this.#trusted.has(peer)) return peer
    const forwarded = String(header).split(',').slice(-maxProxies).map(parseForwardedAddress)
    return forwarded.findLast((address) => !this.#trusted.has(address)) ?? forwarded[0] ?? peer
  }

  /**
   * The host and port that the client used, or an empty string. For a page of the public URL it is that URL's host:
   * a proxy may send its upstream's address as `Host`. A remote browser would then use TURN at its own 127.0.0.1.
   */
  requestedHost({ headers }: IncomingMessage): string {
    if (this.#publicUrl !== undefined && headers.origin === this.#publicUrl) return new URL(this.#publicUrl).host
    return normalizeHost(headers.host)
  }
}
