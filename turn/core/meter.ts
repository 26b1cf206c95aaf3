import { networkKey } from '../common/address.ts'

/** A /48 may use this many times the quota of one IPv6 /64. It holds 65,536 of them. */
export const siteQuotaFactor = 2

/** A token bucket of bytes. The bucket holds one second's worth and refills at the limit. */
export class Meter {
  /** For an IPv6 /64, the meter of its /48. */
  readonly site: Meter | undefined
  /** Number of allocations that spend from this meter. */
  allocationCount = 0
  /** Tokens at the last refill. V8 updates a field that starts as a double in place, without a new heap number. */
  #tokenBytes = -Infinity
  /** Time of the last refill, in ms. */
  #refilledAt = -Infinity

  constructor(site?: Meter) {
    this.site = site
  }

  /** Refills the bucket and returns whether it holds `bytes`. @param bytesPerSecond Infinity for no limit */
  canSpend(bytes: number, bytesPerSecond: number, now: number): boolean {
    if (bytesPerSecond === Infinity) {
      // A later limit starts with a full bucket.
      this.#refilledAt = -Infinity
      return true
    }
    const tokens = this.#tokenBytes + ((now - this.#refilledAt) / 1000) * bytesPerSecond
    this.#tokenBytes = tokens < bytesPerSecond ? tokens : bytesPerSecond
    this.#refilledAt = now
    return this.#tokenBytes >= bytes
  }

  /** Removes `bytes`; call it after `canSpend` returned true. */
  spend(bytes: number): void {
    this.#tokenBytes -= bytes
  }

  /** Returns whether the bucket has refilled by now, at any limit. */
  isFull(now: number): boolean {
    return now - this.#refilledAt >= 1000
  }
}

/** Meters of all networks, and of the server. */
export class Meters {
  readonly total = new Meter()
  readonly #networks = new Map<string, Meter>()

  /** Number of networks with an allocation: each IPv4 address, each IPv6 /64, and each IPv6 /48 above one. */
  get size(): number {
    return this.#networks.size
  }

  /** Returns the meter for a new allocation; pair each call with `release`. @param ip of the client */
  acquire(ip: string): Meter {
    const [source, site] = [networkKey(ip), networkKey(ip, 48)]
    const meter =
      this.#networks.get(source) ??
      this.#add(source, site === source ? undefined : (this.#networks.get(site) ?? this.#add(site)))
    for (let each: Meter | undefined = meter; each; each = each.site) each.allocationCount++
    return meter
  }

  /** Called when an allocation ends; its meter stays until it has refilled. */
  release(meter: Meter): void {
    for (let each: Meter | undefined = meter; each; each = each.site) each.allocationCount--
  }

  /** Deletes unused meters that are full. Until then a new allocation gets no new tokens. */
  deleteUnused(now: number): void {
    for (const [key, meter] of this.#networks)
      if (meter.allocationCount === 0 && meter.isFull(now)) this.#networks.delete(key)
  }

  #add(key: string, site?: Meter): Meter {
    const meter = new Meter(site)
    this.#networks.set(key, meter)
    return meter
  }
}
