import { TokenBuckets } from './tokenBuckets.ts'

/** A client as limits count it. */
export interface ClientAddress {
  /** An IPv4 address or an IPv6 /64. */
  readonly address: string
  /** An IPv4 address or an IPv6 /48. */
  readonly networkPrefix: string
}

/** Capacity of a token bucket, and its refill. */
interface BucketSize {
  capacity: number
  tokensPerSecond: number
}

/**
 * Token buckets of IPv4 addresses and IPv6 /64s. The addresses of an IPv6 /48 also share a bucket, which is
 * `addressBudgetsPerSite` times as large: a customer of a hosting provider often has all 65,536 of them.
 */
export class AddressBuckets {
  readonly #addresses: TokenBuckets
  readonly #networks: TokenBuckets

  constructor({ capacity, tokensPerSecond }: BucketSize, addressBudgetsPerSite: number) {
    this.#addresses = new TokenBuckets(capacity, tokensPerSecond)
    this.#networks = new TokenBuckets(capacity * addressBudgetsPerSite, tokensPerSecond * addressBudgetsPerSite)
  }

  /** Takes `cost` tokens of the address and of its network. Returns false, and takes none, if one has fewer. */
  take({ address, networkPrefix }: ClientAddress, nowMs: number, cost = 1): boolean {
    if (networkPrefix === address) return this.#addresses.take(address, nowMs, cost)
    return (
      this.#networks.tokensAt(networkPrefix, nowMs) >= cost &&
      this.#addresses.take(address, nowMs, cost) &&
      this.#networks.take(networkPrefix, nowMs, cost)
    )
  }

  /** Takes one token of the address and of its network, also if they have none. The debt delays the next `take`. */
  charge({ address, networkPrefix }: ClientAddress, nowMs: number): void {
    this.#addresses.charge(address, nowMs)
    if (networkPrefix !== address) this.#networks.charge(networkPrefix, nowMs)
  }

  /** The number of tokens that `take` can take now. */
  tokensAt({ address, networkPrefix }: ClientAddress, nowMs: number): number {
    const tokens = this.#addresses.tokensAt(address, nowMs)
    return networkPrefix === address ? tokens : Math.min(tokens, this.#networks.tokensAt(networkPrefix, nowMs))
  }

  /** The share of its tokens that the address or its network has left, from 0 to 1; the smaller of both. */
  remainingShare({ address, networkPrefix }: ClientAddress, nowMs: number): number {
    return Math.min(this.#addresses.remainingShare(address, nowMs), this.#networks.remainingShare(networkPrefix, nowMs))
  }

  /** Removes the buckets that are full. */
  prune(nowMs: number): void {
    this.#addresses.prune(nowMs)
    this.#networks.prune(nowMs)
  }
}
