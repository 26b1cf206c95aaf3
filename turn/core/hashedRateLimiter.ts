import { computeHmac } from '../stun/hmac.ts'
import { familyOf, parseIp, type Address } from '../stun/ip.ts'

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
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    const row = computeHmac('sha1', this.#secret, bytes).readUInt16BE() % tableRows
    const refill = (Math.max(0, now - this.#refilledAt[row]!) / 1000) * this.#rate.perSecond
    const tokens = Math.min(this.#rate.burst, this.#tokens[row]! + refill)
    const isAnswered = tokens >= 1
    this.#refilledAt[row] = now
    this.#tokens[row] = isAnswered ? tokens - 1 : tokens
    return isAnswered
  }
}

/** Key of one IPv4 address or one IPv6 /64, independent of the port. */
export const sourceKey = (ip: string): Uint8Array => (familyOf(ip) === 4 ? parseIp(ip) : parseIp(ip).subarray(0, 8))

/** Key of one address and port. */
export const addressKey = ({ ip, port }: Address): string => `${ip} ${port}`
