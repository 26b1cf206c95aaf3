import type { SharedRate } from './sharedRates.ts'
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

/** The same limits of all servers together. */
export interface SharedAddressRates {
  ofAddress: SharedRate
  ofSite: SharedRate
}

/**
 * Token buckets of IPv4 addresses and IPv6 /64s. The addresses of an IPv6 /48 also share a bucket, which is
 * `addressBudgetsPerSite` times as large: a customer of a hosting provider often has all 65,536 of them.
 */
export class AddressBuckets {
  readonly #addresses: TokenBuckets
  readonly #networks: TokenBuckets

  readonly #shared: SharedAddressRates | undefined

  /** @param shared limits `charge`, too */
  constructor(
    { capacity, tokensPerSecond }: BucketSize,
    addressBudgetsPerSite: number,
    shared?: SharedAddressRates | undefined,
  ) {
    this.#shared = shared
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
    void this.#shared?.ofAddress.take(address)
    if (networkPrefix === address) return
    this.#networks.charge(networkPrefix, nowMs)
    void this.#shared?.ofSite.take(networkPrefix)
  }

  /** True if the address and its network have a token, here and at all servers together. */
  hasToken({ address, networkPrefix }: ClientAddress, nowMs: number): boolean {
    return (
      this.#addresses.tokensAt(address, nowMs) >= 1 &&
      (networkPrefix === address || this.#networks.tokensAt(networkPrefix, nowMs) >= 1) &&
      this.#sharedShare({ address, networkPrefix }) > 0
    )
  }

  /** The share of its tokens that the address or its network has left, from 0 to 1; the smaller of both. */
  remainingShare(client: ClientAddress, nowMs: number): number {
    const { address, networkPrefix } = client
    return Math.min(
      this.#addresses.remainingShare(address, nowMs),
      this.#networks.remainingShare(networkPrefix, nowMs),
      this.#sharedShare(client),
    )
  }

  #sharedShare({ address, networkPrefix }: ClientAddress): number {
    if (!this.#shared) return 1
    return Math.min(this.#shared.ofAddress.remainingShare(address), this.#shared.ofSite.remainingShare(networkPrefix))
  }

  /** Removes the buckets that are full. */
  prune(nowMs: number): void {
    this.#addresses.prune(nowMs)
    this.#networks.prune(nowMs)
  }
}
