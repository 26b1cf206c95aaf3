/** What is relayed: so many allocations, two in each pair, and messages of so many bytes. */
export interface Case {
  name: string
  pairs: number
  size: number
  /** Messages under way in each pair: enough to keep a server busy, few enough for coturn's 64 KiB socket buffers. */
  window: number
}

/** A pair has two allocations, each the other's peer: one allocation alone has nobody to speak to. */
export const cases: Case[] = [
  { name: 'relay 1 pair, 160 bytes', pairs: 1, size: 160, window: 32 },
  { name: 'relay 1 pair, 1000 bytes', pairs: 1, size: 1000, window: 32 },
  { name: 'relay 50 allocations, 160 bytes', pairs: 25, size: 160, window: 8 },
  { name: 'relay 50 allocations, 1000 bytes', pairs: 25, size: 1000, window: 8 },
]
