import { serverLimits } from '../../machines/protocol/limits.ts'
import { TokenBucket } from './tokenBucket.ts'

/**
 * One token bucket for each address. A bucket is made when it is first used and forgotten once it is full again. Above `most` addresses
 * the oldest bucket is forgotten, which gives its address a whole allowance.
 */
export class TokenBuckets {
  readonly #capacity: number
  readonly #tokensPerSecond: number
  readonly #maxAddresses: number
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(capacity: number, tokensPerSecond: number, maxAddresses: number = serverLimits.addressesPerTable) {
    this.#capacity = capacity
    this.#tokensPerSecond = tokensPerSecond
    this.#maxAddresses = maxAddresses
  }

  take(address: string, nowMs: number, cost = 1): boolean {
    return (this.#buckets.get(address) ?? this.#create(address, nowMs)).take(nowMs, cost)
  }

  /** The share of its tokens that an address has left, 0 to 1. */
  remainingShare(address: string, nowMs: number): number {
    const bucket = this.#buckets.get(address)
    return bucket ? bucket.tokensAt(nowMs) / this.#capacity : 1
  }

  /** Forgets the buckets that are full. */
  prune(nowMs: number): void {
    for (const [address, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(address)
  }

  get count(): number {
    return this.#buckets.size
  }

  #create(address: string, nowMs: number): TokenBucket {
    const [oldest] = this.#buckets.size >= this.#maxAddresses ? this.#buckets.keys() : []
    if (oldest !== undefined) this.#buckets.delete(oldest)
    const bucket = new TokenBucket(this.#capacity, this.#tokensPerSecond, nowMs)
    this.#buckets.set(address, bucket)
    return bucket
  }
}
