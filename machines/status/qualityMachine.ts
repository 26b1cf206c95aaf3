import { assertEvent, assign, setup } from 'xstate'

/** The measurements of one second. A higher value is worse; null: not measured. */
export interface QualitySample {
  /** Share of lost packets, 0 to 1. */
  inboundLossRatio: number | null
  outboundLossRatio: number | null
  roundTripMs: number | null
  /** Of the peer's audio. */
  jitterMs: number | null
  /** Share of the time in which the peer's video was frozen, 0 to 1. */
  freezeRatio: number | null
  /** Share of the bitrate for good video that the uplink lacks, 0 to 1. */
  uplinkShortfall: number | null
}

/**
 * The direction of the problem: `outbound` from this page, `inbound` from the peer. `latency`: a long round trip only.
 */
export type QualityCause = 'inbound' | 'outbound' | 'both' | 'latency'

/** Context of the quality machine. */
export interface QualityContext {
  /** Number of newest samples in a row with this grade, capped at the number that changes the grade. */
  consecutiveSamples: { poor: number; fairOrPoor: number; good: number; betterThanPoor: number }
  /** The cause of the newest samples, and its length in samples. */
  causeRun: { cause: QualityCause | null; length: number }
  /** The cause that the banner shows. */
  cause: QualityCause | null
  /** The newest sample. */
  sample: QualitySample | null
}

export type QualityEvent = { type: 'sample.taken'; sample: QualitySample } | { type: 'transport.lost' }

/** The meaning of each event. `always` is an eventless transition. */
const qualityEventDescriptions = {
  'sample.taken': 'One second of measurements: loss in both directions, round trip, jitter, freezes and uplink.',
  'transport.lost': 'The transport is lost or the call is over, so the samples are void.',
  always: 'Three samples in a row were worse, or eight were clearly better. The first grade takes three.',
} satisfies Record<QualityEvent['type'] | 'always', string>

/** `fair` is noticeable, `poor` is disruptive. */
const thresholds: Record<keyof QualitySample, { fair: number; poor: number }> = {
  inboundLossRatio: { fair: 0.03, poor: 0.1 },
  outboundLossRatio: { fair: 0.03, poor: 0.1 },
  roundTripMs: { fair: 300, poor: 800 },
  jitterMs: { fair: 40, poor: 120 },
  /** A shared screen without motion counts as frozen, too. */
  freezeRatio: { fair: 0.1, poor: Infinity },
  uplinkShortfall: { fair: 0.5, poor: 0.85 },
}
const metrics = Object.keys(thresholds) as (keyof QualitySample)[]
const causeByMetric: Record<keyof QualitySample, QualityCause> = {
  inboundLossRatio: 'inbound',
  jitterMs: 'inbound',
  freezeRatio: 'inbound',
  outboundLossRatio: 'outbound',
  uplinkShortfall: 'outbound',
  roundTripMs: 'latency',
}

/** Samples in a row that lower the grade. */
export const samplesToWorsen = 3
/** Samples in a row that raise the grade. */
export const samplesToImprove = 8
/** A value counts as better below this share of a threshold. */
const hysteresis = 0.7

type Grade = 0 | 1 | 2

function gradeMetric(sample: QualitySample, metric: keyof QualitySample, share = 1): Grade {
  const [value, { fair, poor }] = [sample[metric] ?? 0, thresholds[metric]]
  return value >= poor * share ? 2 : value >= fair * share ? 1 : 0
}

const worstGrade = (sample: QualitySample, share = 1): Grade =>
  metrics.reduce<Grade>((grade, metric) => Math.max(grade, gradeMetric(sample, metric, share)) as Grade, 0)

/** Returns the cause of the worst grade; `latency` only without another cause. */
function findCause(sample: QualitySample): QualityCause | null {
  const grade = worstGrade(sample)
  const found = new Set(
    metrics
      .filter((metric) => grade > 0 && gradeMetric(sample, metric) === grade)
      .map((metric) => causeByMetric[metric]),
  )
  if (found.has('inbound') && found.has('outbound')) return 'both'
  return (['inbound', 'outbound', 'latency'] as const).find((cause) => found.has(cause)) ?? null
}

const initialContext: QualityContext = {
  consecutiveSamples: { poor: 0, fairOrPoor: 0, good: 0, betterThanPoor: 0 },
  causeRun: { cause: null, length: 0 },
  cause: null,
  sample: null,
}

function addSample({ consecutiveSamples, causeRun, cause }: QualityContext, sample: QualitySample): QualityContext {
  const [grade, eased] = [worstGrade(sample), worstGrade(sample, hysteresis)]
  const count = (before: number, isSo: boolean, most: number): number => (isSo ? Math.min(before + 1, most) : 0)
  const newest = findCause(sample)
  const length = count(newest === causeRun.cause ? causeRun.length : 0, true, samplesToWorsen)
  return {
    consecutiveSamples: {
      poor: count(consecutiveSamples.poor, grade === 2, samplesToWorsen),
      fairOrPoor: count(consecutiveSamples.fairOrPoor, grade > 0, samplesToWorsen),
      good: count(consecutiveSamples.good, eased === 0, samplesToImprove),
      betterThanPoor: count(consecutiveSamples.betterThanPoor, eased < 2, samplesToImprove),
    },
    causeRun: { cause: newest, length },
    cause: newest && length === samplesToWorsen ? newest : cause,
    sample,
  }
}

/**
 * The quality of the connection in three grades that do not flap. The grade falls after three bad samples in a row and
 * rises after eight good ones. Hysteresis: a good value lies clearly below the threshold.
 */
export const qualityMachine = setup({
  types: { context: {} as QualityContext, events: {} as QualityEvent },
  guards: {
    isPoor: ({ context }) => context.consecutiveSamples.poor >= samplesToWorsen,
    isFairOrPoor: ({ context }) => context.consecutiveSamples.fairOrPoor >= samplesToWorsen,
    isInitiallyGood: ({ context }) => context.consecutiveSamples.good >= samplesToWorsen,
    isBetterThanPoor: ({ context }) => context.consecutiveSamples.betterThanPoor >= samplesToImprove,
    isGood: ({ context }) => context.consecutiveSamples.good >= samplesToImprove,
  },
  actions: {
    countSample: assign(({ context, event }) => {
      assertEvent(event, 'sample.taken')
      return addSample(context, event.sample)
    }),
    reset: assign(initialContext),
    clearCause: assign({ cause: null }),
  },
}).createMachine({
  id: 'quality',
  description: 'The quality of the connection, in grades that don’t flap.',
  meta: { events: qualityEventDescriptions },
  context: initialContext,
  initial: 'unknown',
  states: {
    unknown: {
      description: 'There are too few samples.',
      always: [
        { guard: 'isPoor', target: 'poor' },
        { guard: 'isFairOrPoor', target: 'fair' },
        { guard: 'isInitiallyGood', target: 'good' },
      ],
    },
    good: {
      description: 'The user notices no problem.',
      entry: 'clearCause',
      always: [
        { guard: 'isPoor', target: 'poor' },
        { guard: 'isFairOrPoor', target: 'fair' },
      ],
    },
    fair: {
      description: 'The user notices problems now and then.',
      always: [
        { guard: 'isPoor', target: 'poor' },
        { guard: 'isGood', target: 'good' },
      ],
    },
    poor: {
      description: 'Problems disrupt the call. A banner tells the user the cause and a remedy.',
      always: { guard: 'isBetterThanPoor', target: 'fair' },
    },
  },
  on: { 'sample.taken': { actions: 'countSample' }, 'transport.lost': { target: '.unknown', actions: 'reset' } },
})
