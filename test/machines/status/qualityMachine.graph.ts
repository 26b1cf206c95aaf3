import type { SnapshotFrom } from 'xstate'
import { quality, type QualityFact, type Sample } from '../../../machines/status/qualityMachine.ts'
import type { Exploration } from '../graph.ts'

export type Quality = SnapshotFrom<typeof quality>

export const perfect: Sample = { lossIn: 0, lossOut: 0, roundTrip: 20, jitter: 3, frozen: 0, squeeze: 0 }
export const sampled = (change: Partial<Sample> = {}): QualityFact => ({ type: 'sample.taken', sample: { ...perfect, ...change } })

/** One of each kind, and those between the kinds: no longer bad, and not good yet. */
export const facts: QualityFact[] = [
  sampled(), sampled({ lossIn: 0.025 }), sampled({ lossIn: 0.05 }), sampled({ lossOut: 0.08 }), sampled({ lossIn: 0.3 }),
  sampled({ lossOut: 0.3, squeeze: 0.9, lossIn: 0.3 }), sampled({ roundTrip: 400 }), { type: 'path.lost' },
]

export const exploration: Exploration<typeof quality> = {
  events: () => facts,
  key: ({ value, context: { row, run, cause } }) => JSON.stringify([value, row, run, cause]),
}
