import type { Address } from '../stun/ip.ts'

interface Row {
  readonly ip: string
  readonly port: number
  readonly key: string
}

/** A power of two, because a mask maps ports to rows. */
const tableRows = 4096

/**
 * Cache of the 5-tuple keys at one listener. Building and hashing the string costs 5 % of the relay's speed.
 * The table has a fixed size, because any host can send packets.
 */
export class FiveTupleKeys {
  readonly #prefix: string
  readonly #rows: (Row | undefined)[] = new Array<Row | undefined>(tableRows).fill(undefined)

  constructor(local: Address) {
    this.#prefix = `udp ${local.ip} `
  }

  /** Returns the key of a client's 5-tuple. On the per-packet path: a cached key allocates no objects. */
  keyFor(ip: string, port: number): string {
    const row = this.#rows[port & (tableRows - 1)]
    if (row && row.port === port && row.ip === ip) return row.key
    const key = `${this.#prefix}${ip} ${port}`
    this.#rows[port & (tableRows - 1)] = { ip, port, key }
    return key
  }
}
