/** `any` port, an `even` one, or a `pair` of an even port and the next (RFC 8656 §7.2). */
export type PortShape = 'any' | 'even' | 'pair'

/** Returns whether a port lies in an inclusive range. */
export const isPortInRange = ([first, last]: readonly [first: number, last: number], port: number): boolean =>
  port >= first && port <= last

/** Tracks the used relay ports of each local address. It is exact, so a 508 means that no port is free. */
export class Ports {
  readonly #range: readonly [first: number, last: number]
  readonly #first: number
  readonly #size: number
  readonly #random: (bytes: number) => Uint8Array
  readonly #used = new Map<string, Set<number>>()

  constructor(range: readonly [first: number, last: number], random: (bytes: number) => Uint8Array) {
    const [first, last] = range
    this.#range = range
    this.#first = first
    this.#size = last - first + 1
    this.#random = random
  }

  /**
   * Returns whether taking the ports keeps usage within a share of the range.
   * @param maxUsedRatio allowed share of used ports, 0 to 1
   */
  hasCapacity(ip: string, shape: PortShape, maxUsedRatio: number): boolean {
    return maxUsedRatio === 1 || this.#usedOf(ip).size + (shape === 'pair' ? 2 : 1) <= this.#size * maxUsedRatio
  }

  /**
   * Takes the first free port from a random start. For a pair it takes both and returns the even one.
   * Returns undefined if no port fits.
   * @param avoid ports that other processes hold
   */
  take(ip: string, shape: PortShape, avoid: ReadonlySet<number>): number | undefined {
    const used = this.#usedOf(ip)
    const isFree = (port: number): boolean => isPortInRange(this.#range, port) && !used.has(port) && !avoid.has(port)
    const fits = (port: number): boolean =>
      isFree(port) && (shape === 'any' || port % 2 === 0) && (shape !== 'pair' || isFree(port + 1))
    const start = this.#randomBelow(this.#size)
    for (let i = 0; i < this.#size; i++) {
      const port = this.#first + ((start + i) % this.#size)
      if (!fits(port)) continue
      used.add(port)
      if (shape === 'pair') used.add(port + 1)
      return port
    }
    return undefined
  }

  /** Frees a port. Freeing a free port does nothing. */
  release(ip: string, port: number): void {
    this.#usedOf(ip).delete(port)
  }

  /** The limit has at most 16 of 32 bits, so the modulo bias is below 1 in 65536. */
  #randomBelow(limit: number): number {
    const [a, b, c, d] = this.#random(4)
    return (((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0) % limit
  }

  #usedOf(ip: string): Set<number> {
    let used = this.#used.get(ip)
    if (!used) this.#used.set(ip, (used = new Set()))
    return used
  }
}
