import { createHmac } from 'node:crypto'
import { familyOf, parseIp, type Address } from '../stun/ip.ts'

const rows = 16_384

/** A token bucket: `burst` answers at once, then `perSecond`. */
export interface BudgetRate {
  readonly burst: number
  readonly perSecond: number
}

/** As coturn 4.17: 1,000 challenges in 120 s. */
export const challengeRate: BudgetRate = { burst: 1000, perSecond: 1000 / 120 }

/**
 * 1,000 pages behind one NAT, of two UDP ports each, ask every 10 s to keep their mapping (Chromium): 200 a second. The burst
 * is for the moment in which all of them gather at once, with one retransmission. A forger gets 30 kB/s out of it.
 */
export const bindingRate: BudgetRate = { burst: 5000, perSecond: 500 }

/**
 * How many answers to strangers a key may still have. A table of fixed size under a keyed hash: forged sources cost no
 * memory. Two keys that meet in a row share it. Only answers count: an answer that is withheld costs nothing, so that
 * `perSecond` are given however many are asked for.
 */
export class Budget {
  readonly #secret: Uint8Array
  readonly #rate: BudgetRate
  readonly #left: Float64Array
  readonly #seen = new Float64Array(rows)

  /** @param secret 32 bytes from a CSPRNG */
  constructor(secret: Uint8Array, rate: BudgetRate) {
    this.#secret = secret
    this.#rate = rate
    this.#left = new Float64Array(rows).fill(rate.burst)
  }

  /**
   * @param key of `sourceKey` or `addressKey`
   * @param now in ms
   * @returns false when the key has used up its budget; then nothing is counted
   */
  spend(key: Uint8Array | string, now: number): boolean {
    const row = createHmac('sha1', this.#secret).update(key).digest().readUInt16BE() % rows
    const refill = (Math.max(0, now - this.#seen[row]!) / 1000) * this.#rate.perSecond
    const left = Math.min(this.#rate.burst, this.#left[row]! + refill)
    const isAnswered = left >= 1
    this.#seen[row] = now
    this.#left[row] = isAnswered ? left - 1 : left
    return isAnswered
  }
}

/** One IPv4 address or one IPv6 /64, whatever the port. */
export const sourceKey = (ip: string): Uint8Array => (familyOf(ip) === 4 ? parseIp(ip) : parseIp(ip).subarray(0, 8))

export const addressKey = ({ ip, port }: Address): string => `${ip} ${port}`
