export type PortShape = 'any' | 'even' | 'pair'

export const isPortInRange = ([first, last]: readonly [first: number, last: number], port: number): boolean =>
  port >= first && port <= last

/** The relay ports of each local address that are in use. Exact, so that 508 is never said with a port free. */
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

  /** Whether so much is free that taking the ports leaves the rest to others. @param maxUsedRatio of the range that may be in use then, 0 to 1 */
  hasCapacity(ip: string, shape: PortShape, maxUsedRatio: number): boolean {
    return maxUsedRatio === 1 || this.#usedOf(ip).size + (shape === 'pair' ? 2 : 1) <= this.#size * maxUsedRatio
  }

  /**
   * Takes a port, from a random one upwards; of a pair it takes both and tells the even one.
   * @param avoid ports that somebody else was found to hold
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

  release(ip: string, port: number): void {
    this.#usedOf(ip).delete(port)
  }

  /** 32 bits for at most 16: the bias of the remainder is below 1 in 65536. */
  #randomBelow(limit: number): number {
    return Buffer.from(this.#random(4)).readUInt32BE() % limit
  }

  #usedOf(ip: string): Set<number> {
    let used = this.#used.get(ip)
    if (!used) this.#used.set(ip, (used = new Set()))
    return used
  }
}
