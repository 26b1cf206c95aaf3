/** What is relayed: messages of so many bytes between so many pairs, two allocations each. */
export interface Case {
  name: string
  pairs: number
  size: number
  /** Messages under way in each pair: enough to keep a server busy, few enough for the 64 KiB of coturn's socket buffers. */
  window: number
}

/** One allocation alone has nobody to speak to, so the fewest is a pair; 25 pairs are 50 allocations. */
const few = { pairs: 1, window: 32 }
const many = { pairs: 25, window: 8 }

export const relayCases: Case[] = [
  { name: 'relay 1 pair, 160 bytes', ...few, size: 160 },
  { name: 'relay 1 pair, 1000 bytes', ...few, size: 1000 },
  { name: 'relay 25 pairs, 160 bytes', ...many, size: 160 },
  { name: 'relay 25 pairs, 1000 bytes', ...many, size: 1000 },
]

export const latencyCases: Case[] = [
  { name: 'latency 25 pairs, 160 bytes', ...many, size: 160 },
  { name: 'latency 25 pairs, 1000 bytes', ...many, size: 1000 },
]

export const workersCase: Case = { name: 'workers 25 pairs, 1000 bytes', ...many, size: 1000 }
