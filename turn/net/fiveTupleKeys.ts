import type { Address } from '../stun/ip.ts'

interface Row {
  readonly ip: string
  readonly port: number
  readonly key: string
}

/** A power of two: a port finds its row by a mask. */
const tableRows = 4096

/**
 * The names of the 5-tuples at one listener. A name is kept for the client's next packet, because joining strings and hashing them
 * costs a twentieth of the relay's speed; in a table of fixed size, because anybody can send packets.
 */
export class FiveTupleKeys {
  readonly #prefix: string
  readonly #rows: (Row | undefined)[] = new Array<Row | undefined>(tableRows).fill(undefined)

  constructor(local: Address) {
    this.#prefix = `udp ${local.ip} `
  }

  keyFor(ip: string, port: number): string {
    const row = this.#rows[port & (tableRows - 1)]
    if (row && row.port === port && row.ip === ip) return row.key
    const key = `${this.#prefix}${ip} ${port}`
    this.#rows[port & (tableRows - 1)] = { ip, port, key }
    return key
  }
}
