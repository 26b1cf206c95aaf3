import type { IncomingMessage } from 'node:http'
import { canonicalIp, parseForwardedAddress, type AddressSet } from '../../turn/index.ts'
import type { PublicUrl } from '../config/publicUrl.ts'
import { normalizeHost } from './hostHeader.ts'

/** Longest chain of trusted proxies. Earlier entries of `X-Forwarded-For` are not parsed: 16 KB took 31 ms. */
const maxProxies = 16

/** Headers that reverse proxies add, and browsers do not. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/**
 * How a client reaches this server: by `DUET_PUBLIC_URL`, without a proxy, or through a proxy whose public port is
 * unknown.
 */
export type Access = 'public' | 'direct' | 'proxy'

/** The reverse proxies in front of this server. Reads the client address and host of a request that they forward. */
export class TrustedProxies {
  readonly #trusted: AddressSet
  readonly #publicUrl: PublicUrl | undefined
  readonly #isUnixSocket: boolean
  /** True while a proxy passes on an X-Forwarded-For of the client unchanged (http/publicUrlVisit.ts). */
  isForwardedForIgnored = false

  /** @param isUnixSocket true if all connections come from a proxy at a Unix socket, and have no address */
  constructor(trusted: AddressSet, publicUrl?: PublicUrl, isUnixSocket = false) {
    this.#trusted = trusted
    this.#publicUrl = publicUrl
    this.#isUnixSocket = isUnixSocket
  }

  /**
   * The client's IP address. Each proxy appends its peer to `X-Forwarded-For`, so the last address that is not a
   * trusted proxy is the client; earlier entries are untrusted. Empty if that entry is invalid: such clients
   * share the limits of one address. Without a trusted peer the header is ignored. Without the header it is the address
   * of the connection. At a Unix socket that is empty, and the peer is trusted: file permissions admit only the proxy.
   */
  clientAddress({ socket, headers }: IncomingMessage): string {
    const peer = canonicalIp(socket.remoteAddress ?? '')
    const header = headers['x-forwarded-for']
    if (header === undefined || this.isForwardedForIgnored || !this.isTrusted(peer)) return peer
    const forwarded = String(header).split(',').slice(-maxProxies).map(parseForwardedAddress)
    return forwarded.findLast((address) => !this.#trusted.has(address)) ?? forwarded[0] ?? peer
  }

  /** Whether the peer of a connection is a trusted proxy. @param ip its address; empty at a Unix socket */
  isTrusted(ip: string): boolean {
    return this.#trusted.has(ip) || (this.#isUnixSocket && ip === '')
  }

  /** Returns how the client reaches this server. */
  access({ socket, headers }: IncomingMessage): Access {
    const peer = canonicalIp(socket.remoteAddress ?? '')
    const { origin, host } = headers
    if (this.#publicUrl !== undefined) {
      // Bots send no Origin.
      const isPublic =
        origin === this.#publicUrl.origin ||
        normalizeHost(host) === this.#publicUrl.host ||
        (origin === undefined && this.isTrusted(peer))
      if (isPublic) return 'public'
    }
    return this.#isUnixSocket || proxyHeaders.some((name) => headers[name] !== undefined) ? 'proxy' : 'direct'
  }

  /**
   * The host and port that the client used, or an empty string. Through the public URL it is that URL's host: a proxy
   * may send its upstream's address as `Host`. A remote browser would then use TURN at its own 127.0.0.1.
   */
  requestedHost(request: IncomingMessage): string {
    const isPublic = this.#publicUrl !== undefined && this.access(request) === 'public'
    return isPublic ? this.#publicUrl.host : normalizeHost(request.headers.host)
  }
}
