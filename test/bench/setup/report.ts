import { median, formatNumber, formatQuartiles } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import { type Condition, type Contestant, contestantNames, contestants } from './conditions.ts'
import type { Timeline } from './trial.ts'
import type { PageWeight } from './pageWeight.ts'

/** The measured timelines of one contestant in one condition. */
export interface Samples {
  condition: Condition
  contestant: Contestant
  timelines: Timeline[]
  failures: string[]
}

const milestones = ['asked', 'joined', 'media', 'offer', 'answered', 'answer', 'ice', 'dtls', 'painted'] as const

/**
 * Creates the result tables.
 * @param origins of the contestants that this build can run
 */
export const createTables = (
  samples: readonly Samples[],
  weights: readonly PageWeight[],
  origins: Partial<Record<Contestant, string>>,
): Table[] => [createTotalTable(samples, origins), createMilestoneTable(samples), createWeightTable(weights)]

/** The cases whose ratio to the classic page is above the aim. A case without a successful run misses its aim, too. */
export const findMissedAims = (samples: readonly Samples[]): string[] =>
  samples.flatMap(({ condition, contestant, timelines }) => {
    const aim = condition.aims[contestant]
    const ratio = ratioToClassic(samples, condition, timelines)
    if (aim === undefined || ratio <= aim || !hasClassic(samples, condition)) return []
    return [`${condition.name}, ${contestantNames[contestant]}: ${formatNumber(ratio, 2)}, aim ${formatNumber(aim, 2)}`]
  })

const paintedOf = (timelines: readonly Timeline[]): number[] => timelines.map(({ painted }) => painted)

const findClassic = (samples: readonly Samples[], { name, classicCondition = name }: Condition): Samples | undefined =>
  samples.find(({ condition, contestant }) => contestant === 'classic' && condition.name === classicCondition)

const hasClassic = (samples: readonly Samples[], condition: Condition): boolean =>
  (findClassic(samples, condition)?.timelines.length ?? 0) > 0

const ratioToClassic = (samples: readonly Samples[], condition: Condition, timelines: readonly Timeline[]): number =>
  median(paintedOf(timelines)) / median(paintedOf(findClassic(samples, condition)?.timelines ?? []))

function createTotalTable(samples: readonly Samples[], origins: Partial<Record<Contestant, string>>): Table {
  const worst = Math.max(
    0,
    ...samples.flatMap(({ timelines }) => timelines.map(({ clockDifferenceMs }) => clockDifferenceMs)),
  )
  return {
    title: 'From Join, or from Admit, to painted frames on both sides: medians, ms',
    head: ['condition', 'contestant', 'painted', 'quartiles', 'ratio', 'aim', 'runs'],
    rows: samples.map(({ condition, contestant, timelines }) => [
      condition.name,
      contestantNames[contestant],
      formatNumber(median(paintedOf(timelines))),
      formatQuartiles(paintedOf(timelines)),
      formatNumber(ratioToClassic(samples, condition, timelines), 2),
      formatNumber(condition.aims[contestant] ?? NaN, 2),
      String(timelines.length),
    ]),
    notes: [
      ...contestants
        .filter((contestant) => !origins[contestant])
        .map((contestant) => `missing: ${contestantNames[contestant]}; this build has no setting DUET_PREPARE`),
      `the two pages' clocks differed by at most ${formatNumber(worst, 1)} ms`,
      ...samples.flatMap(({ condition, contestant, failures }) =>
        failures.map((failure) => `failed: ${condition.name}, ${contestantNames[contestant]}, ${failure}`),
      ),
    ],
  }
}

const createMilestoneTable = (samples: readonly Samples[]): Table => ({
  title: 'Milestones: ms after the click, medians',
  head: [
    'condition',
    'contestant',
    'asked',
    'joined',
    'media on',
    'offer known',
    'answered',
    'answer there',
    'ICE',
    'DTLS',
    'painted',
  ],
  rows: samples.map(({ condition, contestant, timelines }) => [
    condition.name,
    contestantNames[contestant],
    ...milestones.map((key) => formatNumber(median(timelines.map((each) => each[key])))),
  ]),
})

function createWeightTable(weights: readonly PageWeight[]): Table {
  const kilobytes = (bytes: number): string => formatNumber(bytes / 1000, 1)
  return {
    title: 'First load, KB as transferred',
    head: ['page', 'JavaScript', 'files', 'everything else', 'encoding'],
    rows: weights.map(({ path, scripts, scriptBytes, otherBytes, encodings }) => [
      path,
      kilobytes(scriptBytes),
      String(scripts),
      kilobytes(otherBytes),
      encodings,
    ]),
    notes: ['bound of the build: 80 KB of JavaScript'],
  }
}
