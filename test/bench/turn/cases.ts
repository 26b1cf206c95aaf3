/** A closed loop of messages of `sizeBytes` bytes between `pairs` pairs, with two allocations each. */
export interface RelayCase {
  readonly name: ScenarioName
  readonly title: string
  readonly pairs: number
  readonly sizeBytes: number
  /** Messages in flight per pair: enough to keep a server busy, few enough for coturn's 64 KiB socket buffers. */
  readonly window: number
}

/** The scenarios, in the order of a run. `--only TEXT` selects those whose name contains TEXT. */
export const scenarios = {
  saturated: 'packets per core-second of 10 pairs with 8 messages in flight each',
  twenty: 'the same with 20 pairs and one message in flight each',
  single: 'the same with one message in flight',
  paced: 'delay at a steady rate: half of the limit of the slowest server, and of the slower of duet and coturn',
  overload: 'loss and delay at 1.5 times the limit of each server',
  allocations: 'CPU time of an allocation of a warm server',
  'first-second': 'CPU time of an allocation in the first second after the start',
  memory: 'resident bytes of an allocation',
  workers: 'packets per second with 1 and 2 workers, not pinned',
} as const
export type ScenarioName = keyof typeof scenarios

const sizeBytes = 1000

/** The case that determines the limit of a server. */
export const saturatedCase: RelayCase = {
  name: 'saturated',
  title: 'saturated: 10 pairs × 8',
  pairs: 10,
  window: 8,
  sizeBytes,
}

/** Closed-loop cases. */
export const relayCases: readonly RelayCase[] = [
  saturatedCase,
  { name: 'twenty', title: '20 pairs × 1', pairs: 20, window: 1, sizeBytes },
  { name: 'single', title: 'one in flight', pairs: 1, window: 1, sizeBytes },
]

/** The senders of the open-loop cases: 20 pairs, and both ends send. */
export const openLoopLoad = { pairs: 20, sizeBytes } as const

/** The load of the comparison of worker counts. */
export const workersCase: RelayCase = {
  name: 'workers',
  title: 'workers: 25 pairs × 8',
  pairs: 25,
  window: 8,
  sizeBytes,
}
