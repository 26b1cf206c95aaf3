import { serverLimits } from '../../machines/protocol/limits.ts'
import { TokenBucket } from './tokenBucket.ts'

/**
 * One token bucket per address. A bucket is created at its first use and removed once it is full again.
 * Above `maxAddresses` the oldest bucket is removed, which resets the allowance of its address.
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

  /** Takes `cost` tokens of the address. Returns false, and takes none, if it has fewer. */
  take(address: string, nowMs: number, cost = 1): boolean {
    return this.#bucketOf(address, nowMs).take(nowMs, cost)
  }

  /** Takes one token of the address, also if it has none. The debt delays the next `take`. */
  charge(address: string, nowMs: number): void {
    this.#bucketOf(address, nowMs).charge(nowMs)
  }

  /** The number of tokens of an address; negative in debt. */
  tokensAt(address: string, nowMs: number): number {
    return this.#buckets.get(address)?.tokensAt(nowMs) ?? this.#capacity
  }

  /** The share of its tokens that an address has left, from 0 to 1. */
  remainingShare(address: string, nowMs: number): number {
    return this.tokensAt(address, nowMs) / this.#capacity
  }

  /** Removes the buckets that are full. */
  prune(nowMs: number): void {
    for (const [address, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(address)
  }

  /** Number of addresses with a bucket, at most `maxAddresses`. */
  get count(): number {
    return this.#buckets.size
  }

  #bucketOf(address: string, nowMs: number): TokenBucket {
    return this.#buckets.get(address) ?? this.#create(address, nowMs)
  }

  #create(address: string, nowMs: number): TokenBucket {
    const [oldest] = this.#buckets.size >= this.#maxAddresses ? this.#buckets.keys() : []
    if (oldest !== undefined) this.#buckets.delete(oldest)
    const bucket = new TokenBucket(this.#capacity, this.#tokensPerSecond, nowMs)
    this.#buckets.set(address, bucket)
    return bucket
  }
}
