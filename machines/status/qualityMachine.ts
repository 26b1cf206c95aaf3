import { assertEvent, assign, setup } from 'xstate'

/**
 * How good the way between the two is, in three words that do not flap: worse after a few bad samples in a row, better only after
 * more good ones, and what counts as good has to be clearly better than what counted as bad.
 */

/** What one second was like. In each of them, more is worse; null: nobody can tell. */
export interface Sample {
  /** The shares of what was sent that did not arrive, 0 to 1: theirs here, ours there. */
  lossIn: number | null
  lossOut: number | null
  /** There and back, in milliseconds. */
  roundTrip: number | null
  /** How unevenly their sound arrives, in milliseconds. */
  jitter: number | null
  /** For how much of the time their picture stood still, 0 to 1. */
  frozen: number | null
  /** What the way out lacks for a decent picture of ours, 0 to 1. */
  squeeze: number | null
}

/** On whose way it is bad: `out`, what we send; `in`, what they send; `far`, it only takes long. */
export type Cause = 'in' | 'out' | 'both' | 'far'

export interface QualityContext {
  /** How many samples in a row were so, as far as it matters. */
  row: { poor: number; bad: number; good: number; better: number }
  /** The cause of the newest samples, and of how many in a row. */
  run: { cause: Cause | null; length: number }
  /** What the words name. */
  cause: Cause | null
  sample: Sample | null
}

export type QualityFact =
  | { type: 'sample.taken'; sample: Sample }
  /** The way is gone, or the call is over: what was measured is the past. */
  | { type: 'path.lost' }

/** From where on it is felt, and from where on it disturbs. */
const bounds: Record<keyof Sample, { fair: number; poor: number }> = {
  lossIn: { fair: 0.03, poor: 0.1 },
  lossOut: { fair: 0.03, poor: 0.1 },
  roundTrip: { fair: 300, poor: 800 },
  jitter: { fair: 40, poor: 120 },
  /** A shared screen that nobody moves stands still, too. */
  frozen: { fair: 0.1, poor: Infinity },
  squeeze: { fair: 0.5, poor: 0.85 },
}
const metrics = Object.keys(bounds) as (keyof Sample)[]
const ways: Record<keyof Sample, Cause> = { lossIn: 'in', jitter: 'in', frozen: 'in', lossOut: 'out', squeeze: 'out', roundTrip: 'far' }

export const worseSamples = 3
export const betterSamples = 8
/** Below so much of a bound it is clearly better. */
const ease = 0.7

type Grade = 0 | 1 | 2

function gradeOf(sample: Sample, metric: keyof Sample, share = 1): Grade {
  const [value, { fair, poor }] = [sample[metric] ?? 0, bounds[metric]]
  return value >= poor * share ? 2 : value >= fair * share ? 1 : 0
}

const worst = (sample: Sample, share = 1): Grade =>
  metrics.reduce<Grade>((grade, metric) => Math.max(grade, gradeOf(sample, metric, share)) as Grade, 0)

/** Delay is named where nothing else is the matter. */
function causeOf(sample: Sample): Cause | null {
  const grade = worst(sample)
  const found = new Set(metrics.filter((metric) => grade > 0 && gradeOf(sample, metric) === grade).map((metric) => ways[metric]))
  if (found.has('in') && found.has('out')) return 'both'
  return (['in', 'out', 'far'] as const).find((cause) => found.has(cause)) ?? null
}

const nothing: QualityContext = { row: { poor: 0, bad: 0, good: 0, better: 0 }, run: { cause: null, length: 0 }, cause: null, sample: null }

function counted({ row, run, cause }: QualityContext, sample: Sample): QualityContext {
  const [grade, eased] = [worst(sample), worst(sample, ease)]
  const count = (before: number, isSo: boolean, most: number): number => (isSo ? Math.min(before + 1, most) : 0)
  const newest = causeOf(sample)
  const length = count(newest === run.cause ? run.length : 0, true, worseSamples)
  return {
    row: {
      poor: count(row.poor, grade === 2, worseSamples), bad: count(row.bad, grade > 0, worseSamples),
      good: count(row.good, eased === 0, betterSamples), better: count(row.better, eased < 2, betterSamples),
    },
    run: { cause: newest, length },
    cause: newest && length === worseSamples ? newest : cause,
    sample,
  }
}

export const quality = setup({
  types: { context: {} as QualityContext, events: {} as QualityFact },
  guards: {
    isPoor: ({ context: { row } }) => row.poor >= worseSamples,
    isBad: ({ context: { row } }) => row.bad >= worseSamples,
    isFine: ({ context: { row } }) => row.good >= worseSamples,
    isBetter: ({ context: { row } }) => row.better >= betterSamples,
    isGood: ({ context: { row } }) => row.good >= betterSamples,
  },
  actions: {
    count: assign(({ context, event }) => {
      assertEvent(event, 'sample.taken')
      return counted(context, event.sample)
    }),
    forget: assign(nothing),
    forgetCause: assign({ cause: null }),
  },
}).createMachine({
  id: 'quality',
  context: nothing,
  initial: 'unknown',
  states: {
    /** Too little was measured. */
    unknown: {
      always: [{ guard: 'isPoor', target: 'poor' }, { guard: 'isBad', target: 'fair' }, { guard: 'isFine', target: 'good' }],
    },
    good: {
      entry: 'forgetCause',
      always: [{ guard: 'isPoor', target: 'poor' }, { guard: 'isBad', target: 'fair' }],
    },
    fair: {
      always: [{ guard: 'isPoor', target: 'poor' }, { guard: 'isGood', target: 'good' }],
    },
    poor: {
      always: { guard: 'isBetter', target: 'fair' },
    },
  },
  on: {
    'sample.taken': { actions: 'count' },
    'path.lost': { target: '.unknown', actions: 'forget' },
  },
})
