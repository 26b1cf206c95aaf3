/** Whom an allocation is counted for. */
export interface Owner {
  /** Of the user. */
  readonly id: string
  /** Of the client's address: see `sourceOf`. */
  readonly source: string
}

/** Allocations that are held or being opened, and ports that are reserved. */
export class Tally {
  readonly users = new Map<string, number>()
  readonly sources = new Map<string, number>()
  total = 0

  add({ id, source }: Owner, change: number): void {
    shift(this.users, id, change)
    shift(this.sources, source, change)
    this.total += change
  }
}

function shift(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
