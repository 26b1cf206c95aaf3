import type { UserClass } from './credentials.ts'

/** Which counts an allocation is part of. */
export interface QuotaKeys {
  /** Of the user. */
  readonly id: string
  readonly userClass: UserClass
  /** Networks that it counts for: see `quotaNetworks`. */
  readonly networks: readonly string[]
}

/** Allocations that are held or being opened, and ports that are reserved. */
export class AllocationCounts {
  readonly byUser = new Map<string, number>()
  readonly byNetwork = new Map<string, number>()
  /** Of guests alone. */
  readonly guestsByNetwork = new Map<string, number>()
  total = 0
  guestTotal = 0

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
