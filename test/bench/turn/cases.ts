/** A load: messages of `sizeBytes` bytes between `pairs` pairs, with two allocations each. */
export interface RelayCase {
  name: string
  pairs: number
  sizeBytes: number
  /** Messages in flight per pair: enough to keep a server busy, few enough for coturn's 64 KiB socket buffers. */
  window: number
}

/** A pair is the minimum, because one allocation has no peer. 25 pairs are 50 allocations. */
const few = { pairs: 1, window: 32 }
const many = { pairs: 25, window: 8 }

/** Closed-loop cases. `--only` filters by name. */
export const relayCases: RelayCase[] = [
  { name: 'relay 1 pair, 160 bytes', ...few, sizeBytes: 160 },
  { name: 'relay 1 pair, 1000 bytes', ...few, sizeBytes: 1000 },
  { name: 'relay 25 pairs, 160 bytes', ...many, sizeBytes: 160 },
  { name: 'relay 25 pairs, 1000 bytes', ...many, sizeBytes: 1000 },
]

/** Open-loop cases. `--only` filters by name. */
export const latencyCases: RelayCase[] = [
  { name: 'latency 25 pairs, 160 bytes', ...many, sizeBytes: 160 },
  { name: 'latency 25 pairs, 1000 bytes', ...many, sizeBytes: 1000 },
]

/** The load of the comparison of worker counts. */
export const workersCase: RelayCase = { name: 'workers 25 pairs, 1000 bytes', ...many, sizeBytes: 1000 }
