import { computeHmac } from '../stun/hmac.ts'
import { familyOf, parseIp, type Address } from '../stun/ip.ts'
import { siteQuotaFactor } from './meter.ts'

const tableRows = 16_384

/** A token bucket: `burst` responses at once, then `perSecond`. */
export interface RateLimit {
  readonly burst: number
  readonly perSecond: number
}

/** As in coturn 4.17: 1,000 challenges in 120 s. */
export const challengeLimit: RateLimit = { burst: 1000, perSecond: 1000 / 120 }

/**
 * Chromium sends a Binding every 10 s to keep a NAT mapping.
 * 1,000 pages behind one NAT, with two UDP ports each, make 200 a second.
 * The burst lets all of them gather candidates at once, with one retransmission. A forged source draws 30 kB/s at most.
 */
export const bindingLimit: RateLimit = { burst: 5000, perSecond: 500 }

/**
 * A TLS handshake takes 1.1 ms of CPU, or 5 ms with an RSA key of 4,096 bits. The burst lets 100 pages behind one NAT
 * reconnect at once, with three connections each.
 */
export const handshakeLimit: RateLimit = { burst: 300, perSecond: 50 }

/**
 * Limits unauthenticated responses by key. The table has a fixed size and a keyed hash, so forged sources cost no
 * memory. Keys with the same row share its limit.
 * Only sent responses count, so the rate stays `perSecond` under any number of requests.
 */
export class HashedRateLimiter {
  readonly #secret: Uint8Array
  readonly #rate: RateLimit
  readonly #tokens: Float64Array
  readonly #refilledAt = new Float64Array(tableRows)

  /** @param secret 32 bytes from a CSPRNG */
  constructor(secret: Uint8Array, rate: RateLimit) {
    this.#secret = secret
    this.#rate = rate
    this.#tokens = new Float64Array(tableRows).fill(rate.burst)
  }

  /**
   * Takes one token.
   * @param key from `sourceKey` or `addressKey`
   * @param now in ms
   * @returns false when the key has exceeded its rate; then nothing is counted
   */
  take(key: Uint8Array | string, now: number): boolean {
    const row = this.#refill(key, now)
    if (this.#tokens[row]! < 1) return false
    this.#tokens[row]!--
    return true
  }

  /** Returns whether `take` would return true. Takes no token. */
  hasToken(key: Uint8Array | string, now: number): boolean {
    return this.#tokens[this.#refill(key, now)]! >= 1
  }

  /** Refills the bucket of a key and returns its row. */
  #refill(key: Uint8Array | string, now: number): number {
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    const row = computeHmac('sha1', this.#secret, bytes).readUInt16BE() % tableRows
    const refill = (Math.max(0, now - this.#refilledAt[row]!) / 1000) * this.#rate.perSecond
    this.#tokens[row] = Math.min(this.#rate.burst, this.#tokens[row]! + refill)
    this.#refilledAt[row] = now
    return row
  }
}

/** Limits each IPv4 address and IPv6 /64. The /64s of one IPv6 /48 also share `siteQuotaFactor` times the rate. */
export class NetworkRateLimiter {
  readonly #sources: HashedRateLimiter
  readonly #sites: HashedRateLimiter

  /** @param secret 32 bytes from a CSPRNG */
  constructor(secret: Uint8Array, { burst, perSecond }: RateLimit) {
    this.#sources = new HashedRateLimiter(secret, { burst, perSecond })
    this.#sites = new HashedRateLimiter(secret, {
      burst: burst * siteQuotaFactor,
      perSecond: perSecond * siteQuotaFactor,
    })
  }

  /** Takes one token of the address and of its /48. Returns false, and takes none, if one of them has none. */
  take(ip: string, now: number): boolean {
    if (familyOf(ip) === 4) return this.#sources.take(sourceKey(ip), now)
    return (
      this.#sites.hasToken(siteKey(ip), now) &&
      this.#sources.take(sourceKey(ip), now) &&
      this.#sites.take(siteKey(ip), now)
    )
  }

  /** Returns whether `take` would return true. Takes no token. */
  hasToken(ip: string, now: number): boolean {
    return this.#sources.hasToken(sourceKey(ip), now) && (familyOf(ip) === 4 || this.#sites.hasToken(siteKey(ip), now))
  }
}

/** Key of one IPv4 address or one IPv6 /64, independent of the port. */
export const sourceKey = (ip: string): Uint8Array => (familyOf(ip) === 4 ? parseIp(ip) : parseIp(ip).subarray(0, 8))

/** Key of one IPv6 /48. */
const siteKey = (ip: string): Uint8Array => parseIp(ip).subarray(0, 6)

/** Key of one address and port. */
export const addressKey = ({ ip, port }: Address): string => `${ip} ${port}`
