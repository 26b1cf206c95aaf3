import { createHmac } from 'node:crypto'
import { familyOf, parseIp } from '../stun/ip.ts'

/** As coturn 4.17: a source may have 1000 challenges in 120 s. */
const capacity = 1000
const perMillisecond = capacity / 120_000
const rows = 16_384

/**
 * How many 401 and 438 answers a source may still have: they go to whoever the packet says it is from.
 * A table of fixed size under a keyed hash, so that forged sources cost no memory; two that meet in a row share it.
 */
export class Budget {
  readonly #key: Uint8Array
  readonly #left = new Float32Array(rows).fill(capacity)
  readonly #seen = new Float64Array(rows)

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** @returns false when the source has used up its budget */
  spend(ip: string, now: number): boolean {
    const row = this.#rowOf(ip)
    const refill = Math.max(0, now - this.#seen[row]!) * perMillisecond
    const left = Math.min(capacity, this.#left[row]! + refill)
    this.#seen[row] = now
    this.#left[row] = Math.max(0, left - 1)
    return left >= 1
  }

  /** One IPv4 address or one IPv6 /64, whatever the port. */
  #rowOf(ip: string): number {
    const source = familyOf(ip) === 4 ? parseIp(ip) : parseIp(ip).subarray(0, 8)
    return createHmac('sha1', this.#key).update(source).digest().readUInt16BE() % rows
  }
}
