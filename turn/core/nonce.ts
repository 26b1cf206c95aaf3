import { timingSafeEqual } from 'node:crypto'
import { computeHmac } from '../stun/hmac.ts'
import type { Address } from '../stun/ip.ts'

/** Age in ms at which a nonce becomes stale. */
export const nonceLifetimeMs = 600_000
const macChars = 22

/**
 * Creates and checks stateless nonces: the cookie of RFC 8489 §9.2, a time and a MAC.
 * The time is eight hex digits: seconds on the server's monotonic clock.
 * The MAC covers the time and the client's address, under a key of this run.
 */
export class Nonces {
  readonly #key: Uint8Array
  /** A nonce with another prefix is stale. */
  cookie: string

  constructor(key: Uint8Array, cookie: string) {
    this.#key = key
    this.cookie = cookie
  }

  /** Returns a nonce for this client. @param now in ms */
  create(client: Address, now: number): string {
    const time = Math.floor(now / 1000)
      .toString(16)
      .padStart(8, '0')
    return this.cookie + time + this.#mac(client, time)
  }

  /**
   * Returns whether this server issued the nonce to this address and port within `nonceLifetimeMs`.
   * @param now in ms
   */
  isFresh(nonce: string, client: Address, now: number): boolean {
    const age = now - parseInt(this.#timeOf(nonce), 16) * 1000
    return age >= 0 && age < nonceLifetimeMs && this.isIssuedTo(nonce, client)
  }

  /** Returns whether this server issued the nonce to this address and port in this run, at any age. */
  isIssuedTo(nonce: string, client: Address): boolean {
    return nonce.startsWith(this.cookie) && isEqual(nonce.slice(-macChars), this.#mac(client, this.#timeOf(nonce)))
  }

  #timeOf(nonce: string): string {
    return nonce.slice(this.cookie.length, -macChars)
  }

  #mac({ ip, port }: Address, time: string): string {
    return computeHmac('sha256', this.#key, Buffer.from(`${ip} ${port} ${time}`))
      .toString('base64url')
      .slice(0, macChars)
  }
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
