import type { UserClass } from './credentials.ts'

/** The counts that include an allocation. */
export interface QuotaKeys {
  /** The user's id. */
  readonly id: string
  readonly userClass: UserClass
  /** Networks that the allocation counts for: see `quotaNetworks`. */
  readonly networks: readonly string[]
}

/** Counts allocations, pending allocations and reserved ports. */
export class AllocationCounts {
  readonly byUser = new Map<string, number>()
  readonly byNetwork = new Map<string, number>()
  /** Guests only. */
  readonly guestsByNetwork = new Map<string, number>()
  total = 0
  guestTotal = 0

  /** Adds `change` to every count of these keys. A negative `change` subtracts. */
  add({ id, userClass, networks }: QuotaKeys, change: number): void {
    adjust(this.byUser, id, change)
    for (const network of networks) adjust(this.byNetwork, network, change)
    this.total += change
    if (userClass !== 'guest') return
    for (const network of networks) adjust(this.guestsByNetwork, network, change)
    this.guestTotal += change
  }
}

function adjust(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
