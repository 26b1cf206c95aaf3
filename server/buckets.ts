import { Bucket } from './bucket.ts'

/** One token bucket for each address. A bucket is made when it is first used and forgotten once it is full again. */
export class Buckets {
  readonly #size: number
  readonly #perSecond: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(size: number, perSecond: number) {
    this.#size = size
    this.#perSecond = perSecond
  }

  take(address: string, at: number, cost = 1): boolean {
    let bucket = this.#buckets.get(address)
    if (!bucket) this.#buckets.set(address, bucket = new Bucket(this.#size, this.#perSecond, at))
    return bucket.take(at, cost)
  }

  /** The share of its tokens that an address has left, 0 to 1. */
  share(address: string, at: number): number {
    const bucket = this.#buckets.get(address)
    return bucket ? bucket.level(at) / this.#size : 1
  }

  /** Forgets the buckets that are full. */
  prune(at: number): void {
    for (const [address, bucket] of this.#buckets) if (bucket.isFull(at)) this.#buckets.delete(address)
  }

  get count(): number {
    return this.#buckets.size
  }
}
