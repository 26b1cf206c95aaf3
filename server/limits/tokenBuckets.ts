import { serverLimits } from '../../machines/protocol/limits.ts'
import { Bucket } from './tokenBucket.ts'

/**
 * One token bucket for each address. A bucket is made when it is first used and forgotten once it is full again. Above `most` addresses
 * the oldest bucket is forgotten, which gives its address a whole allowance.
 */
export class Buckets {
  readonly #size: number
  readonly #perSecond: number
  readonly #most: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(size: number, perSecond: number, most: number = serverLimits.addressesPerTable) {
    this.#size = size
    this.#perSecond = perSecond
    this.#most = most
  }

  take(address: string, at: number, cost = 1): boolean {
    return (this.#buckets.get(address) ?? this.#make(address, at)).take(at, cost)
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

  #make(address: string, at: number): Bucket {
    const [oldest] = this.#buckets.size >= this.#most ? this.#buckets.keys() : []
    if (oldest !== undefined) this.#buckets.delete(oldest)
    const bucket = new Bucket(this.#size, this.#perSecond, at)
    this.#buckets.set(address, bucket)
    return bucket
  }
}
