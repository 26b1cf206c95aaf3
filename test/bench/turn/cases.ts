/** What is relayed: messages of so many bytes between so many pairs, two allocations each. */
export interface RelayCase {
  name: string
  pairs: number
  sizeBytes: number
  /** Messages under way in each pair: enough to keep a server busy, few enough for the 64 KiB of coturn's socket buffers. */
  window: number
}

/** One allocation alone has nobody to speak to, so the fewest is a pair; 25 pairs are 50 allocations. */
const few = { pairs: 1, window: 32 }
const many = { pairs: 25, window: 8 }

export const relayCases: RelayCase[] = [
  { name: 'relay 1 pair, 160 bytes', ...few, sizeBytes: 160 },
  { name: 'relay 1 pair, 1000 bytes', ...few, sizeBytes: 1000 },
  { name: 'relay 25 pairs, 160 bytes', ...many, sizeBytes: 160 },
  { name: 'relay 25 pairs, 1000 bytes', ...many, sizeBytes: 1000 },
]

export const latencyCases: RelayCase[] = [
  { name: 'latency 25 pairs, 160 bytes', ...many, sizeBytes: 160 },
  { name: 'latency 25 pairs, 1000 bytes', ...many, sizeBytes: 1000 },
]

export const workersCase: RelayCase = { name: 'workers 25 pairs, 1000 bytes', ...many, sizeBytes: 1000 }
