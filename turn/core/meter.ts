import { networkKey } from '../common/address.ts'

/** How many times what an IPv6 /64 may have a /48 may have, which holds 65,536 of them. */
export const siteFactor = 2

/** A token bucket of bytes: the limit of one second at once, then the limit a second. */
export class Meter {
  /** Of an IPv6 /64 the /48 around it. */
  readonly site: Meter | undefined
  /** Allocations that spend from it. */
  holders = 0
  /** Bytes that may be spent, when they were last counted. A field that begins as a double keeps its heap number: V8 changes it in place. */
  #tokens = -Infinity
  /** In ms. */
  #countedAt = -Infinity

  constructor(site?: Meter) {
    this.site = site
  }

  /** @param limit bytes a second; Infinity for none */
  has(bytes: number, limit: number, now: number): boolean {
    if (limit === Infinity) {
      // A limit that is set later starts with a full bucket.
      this.#countedAt = -Infinity
      return true
    }
    const tokens = this.#tokens + ((now - this.#countedAt) / 1000) * limit
    this.#tokens = tokens < limit ? tokens : limit
    this.#countedAt = now
    return this.#tokens >= bytes
  }

  /** After `has`. */
  take(bytes: number): void {
    this.#tokens -= bytes
  }

  /** Whether it would be full by now, at any limit. */
  isFull(now: number): boolean {
    return now - this.#countedAt >= 1000
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
  join(ip: string): Meter {
    const [source, site] = [networkKey(ip), networkKey(ip, 48)]
    const meter = this.#networks.get(source) ?? this.#add(source, site === source ? undefined : this.#networks.get(site) ?? this.#add(site))
    for (let each: Meter | undefined = meter; each; each = each.site) each.holders++
    return meter
  }

  leave(meter: Meter): void {
    for (let each: Meter | undefined = meter; each; each = each.site) each.holders--
  }

  /** Forgets unused meters, but not while they are still to refill: a new allocation brings no new tokens. */
  expire(now: number): void {
    for (const [key, meter] of this.#networks) if (meter.holders === 0 && meter.isFull(now)) this.#networks.delete(key)
  }

  #add(key: string, site?: Meter): Meter {
    const meter = new Meter(site)
    this.#networks.set(key, meter)
    return meter
  }
}
