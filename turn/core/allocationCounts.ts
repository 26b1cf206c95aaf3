import type { UserClass } from './credentials.ts'

/** Which counts an allocation is part of. */
export interface Owner {
  /** Of the user. */
  readonly id: string
  readonly userClass: UserClass
  /** Networks that it counts for: see `networksOf`. */
  readonly networks: readonly string[]
}

/** Allocations that are held or being opened, and ports that are reserved. */
export class Tally {
  readonly users = new Map<string, number>()
  readonly networks = new Map<string, number>()
  /** Of guests alone. */
  readonly guestNetworks = new Map<string, number>()
  total = 0
  guests = 0

  add({ id, userClass, networks }: Owner, change: number): void {
    shift(this.users, id, change)
    for (const network of networks) shift(this.networks, network, change)
    this.total += change
    if (userClass !== 'guest') return
    for (const network of networks) shift(this.guestNetworks, network, change)
    this.guests += change
  }
}

function shift(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
