import type { SnapshotFrom } from 'xstate'
import { qualityMachine, type QualityEvent, type QualitySample } from '../../../machines/status/qualityMachine.ts'
import type { Exploration } from '../graph.ts'

export type Quality = SnapshotFrom<typeof qualityMachine>

/** A sample of a connection without any loss. */
export const perfect: QualitySample = {
  inboundLossRatio: 0,
  outboundLossRatio: 0,
  roundTripMs: 20,
  jitterMs: 3,
  freezeRatio: 0,
  uplinkShortfall: 0,
}
/** A sample with these differences from a perfect one. */
export const sampled = (change: Partial<QualitySample> = {}): QualityEvent => ({
  type: 'sample.taken',
  sample: { ...perfect, ...change },
})

/** One sample of each kind, and some between two kinds: no longer bad, and not good yet. */
export const facts: QualityEvent[] = [
  sampled(),
  sampled({ inboundLossRatio: 0.025 }),
  sampled({ inboundLossRatio: 0.05 }),
  sampled({ outboundLossRatio: 0.08 }),
  sampled({ inboundLossRatio: 0.3 }),
  sampled({ outboundLossRatio: 0.3, uplinkShortfall: 0.9, inboundLossRatio: 0.3 }),
  sampled({ roundTripMs: 400 }),
  { type: 'transport.lost' },
]

/** Every sample in every state. */
export const exploration: Exploration<typeof qualityMachine> = {
  events: () => facts,
  key: ({ value, context: { consecutiveSamples, causeRun, cause } }) =>
    JSON.stringify([value, consecutiveSamples, causeRun, cause]),
}
