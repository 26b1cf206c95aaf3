import { createHmac } from 'node:crypto'
import { familyOf, parseIp, type Address } from '../stun/ip.ts'

const tableRows = 16_384

/** A token bucket: `burst` answers at once, then `perSecond`. */
export interface RateLimit {
  readonly burst: number
  readonly perSecond: number
}

/** As coturn 4.17: 1,000 challenges in 120 s. */
export const challengeLimit: RateLimit = { burst: 1000, perSecond: 1000 / 120 }

/**
 * 1,000 pages behind one NAT, of two UDP ports each, ask every 10 s to keep their mapping (Chromium): 200 a second. The burst
 * is for the moment in which all of them gather at once, with one retransmission. A forger gets 30 kB/s out of it.
 */
export const bindingLimit: RateLimit = { burst: 5000, perSecond: 500 }

/**
 * Limits unauthenticated responses by key. A table of fixed size under a keyed hash: forged sources cost no
 * memory. Two keys that meet in a row share it. Only answers count: a response that is not sent costs nothing, so that
 * `perSecond` are given however many are asked for.
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
   * @param key of `sourceKey` or `addressKey`
   * @param now in ms
   * @returns false when the key has exceeded its rate; then nothing is counted
   */
  take(key: Uint8Array | string, now: number): boolean {
    const row = createHmac('sha1', this.#secret).update(key).digest().readUInt16BE() % tableRows
    const refill = (Math.max(0, now - this.#refilledAt[row]!) / 1000) * this.#rate.perSecond
    const tokens = Math.min(this.#rate.burst, this.#tokens[row]! + refill)
    const isAnswered = tokens >= 1
    this.#refilledAt[row] = now
    this.#tokens[row] = isAnswered ? tokens - 1 : tokens
    return isAnswered
  }
}

/** One IPv4 address or one IPv6 /64, whatever the port. */
export const sourceKey = (ip: string): Uint8Array => (familyOf(ip) === 4 ? parseIp(ip) : parseIp(ip).subarray(0, 8))

export const addressKey = ({ ip, port }: Address): string => `${ip} ${port}`
