/** The share of a network's entries that one pass over all entries selects. */
const batchShare = 1 / 4

/** Things of which there are too many, such as connections. */
export interface Evictable<Entry> {
  /** Lists all entries, oldest first. */
  list(): Iterable<Entry>
  /** Returns the IPv4 address or IPv6 /48 of an entry. */
  getNetwork(entry: Entry): string
  /** Returns false for an entry that must stay, or that is gone. */
  canEvict(entry: Entry): boolean
}

/**
 * Chooses which entry to close at a limit: the oldest one of the network with the most entries. A pass over all
 * entries selects a quarter of that network, so a flood of new entries costs few passes.
 */
export class EvictionOrder<Entry> {
  readonly #entries: Evictable<Entry>
  /** The last element is the next to close. */
  #candidates: Entry[] = []

  constructor(entries: Evictable<Entry>) {
    this.#entries = entries
  }

  /** Returns the entry to close; null if every entry must stay. Until it is closed, it is returned again. */
  next(): Entry | null {
    for (let entry = this.#candidates.at(-1); entry !== undefined; entry = this.#candidates.at(-1)) {
      if (this.#entries.canEvict(entry)) return entry
      this.#candidates.pop()
    }
    this.#candidates = this.#listCandidates()
    return this.#candidates.at(-1) ?? null
  }

  #listCandidates(): Entry[] {
    const networks = new Map<string, Entry[]>()
    let largest: Entry[] = []
    for (const entry of this.#entries.list()) {
      if (!this.#entries.canEvict(entry)) continue
      const key = this.#entries.getNetwork(entry)
      const network = networks.get(key) ?? []
      networks.set(key, network)
      if (network.push(entry) > largest.length) largest = network
    }
    return largest.slice(0, Math.ceil(largest.length * batchShare)).reverse()
  }
}
