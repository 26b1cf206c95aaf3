import { networkKey } from '../common/address.ts'

/** How many times what an IPv6 /64 may have a /48 may have, which holds 65,536 of them. */
export const siteQuotaFactor = 2

/** A token bucket of bytes: the limit of one second at once, then the limit a second. */
export class Meter {
  /** Of an IPv6 /64 the /48 around it. */
  readonly site: Meter | undefined
  /** Allocations that spend from it. */
  allocationCount = 0
  /** Bytes that may be spent, when they were last counted. A field that begins as a double keeps its heap number: V8 changes it in place. */
  #tokenBytes = -Infinity
  /** In ms. */
  #refilledAt = -Infinity

  constructor(site?: Meter) {
    this.site = site
  }

  /** @param bytesPerSecond bytes a second; Infinity for none */
  canSpend(bytes: number, bytesPerSecond: number, now: number): boolean {
    if (bytesPerSecond === Infinity) {
      // A limit that is set later starts with a full bucket.
      this.#refilledAt = -Infinity
      return true
    }
    const tokens = this.#tokenBytes + ((now - this.#refilledAt) / 1000) * bytesPerSecond
    this.#tokenBytes = tokens < bytesPerSecond ? tokens : bytesPerSecond
    this.#refilledAt = now
    return this.#tokenBytes >= bytes
  }

  /** After `has`. */
  spend(bytes: number): void {
    this.#tokenBytes -= bytes
  }

  /** Whether it would be full by now, at any limit. */
  isFull(now: number): boolean {
    return now - this.#refilledAt >= 1000
  }
}

/** Meters of all sources, and of the server. */
export class Meters {
  readonly total = new Meter()
  readonly #networks = new Map<string, Meter>()

  get size(): number {
    return this.#networks.size
  }

  /** For an allocation that begins; `leave` follows when it ends. @param ip of the client */
  acquire(ip: string): Meter {
    const [source, site] = [networkKey(ip), networkKey(ip, 48)]
    const meter =
      this.#networks.get(source) ??
      this.#add(source, site === source ? undefined : (this.#networks.get(site) ?? this.#add(site)))
    for (let each: Meter | undefined = meter; each; each = each.site) each.allocationCount++
    return meter
  }

  release(meter: Meter): void {
    for (let each: Meter | undefined = meter; each; each = each.site) each.allocationCount--
  }

  /** Forgets unused meters, but not while they are still to refill: a new allocation brings no new tokens. */
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
