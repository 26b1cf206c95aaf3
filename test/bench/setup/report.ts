import { median, formatNumber, formatQuartiles } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { Timeline } from './trial.ts'
import type { PageWeight } from './pageWeight.ts'

/** A network condition of the benchmark. */
export interface Condition {
  name: string
  /** One-way delay added to the signaling. */
  delayMs: number
  isRelayOnly: boolean
}

/** The measured timelines of one condition. */
export interface Samples {
  condition: Condition
  ports: { duet: number; classic: number }
  duet: Timeline[]
  classic: Timeline[]
  failures: string[]
}

const milestones = ['asked', 'joined', 'media', 'offer', 'answered', 'answer', 'ice', 'dtls', 'painted'] as const

/** Creates the result tables. */
export const createTables = (samples: Samples[], weights: PageWeight[]): Table[] => [
  createTotalTable(samples),
  ...samples.map(createMilestoneTable),
  createWeightTable(weights),
]

function createTotalTable(samples: Samples[]): Table {
  const worst = Math.max(
    0,
    ...samples.flatMap(({ duet, classic }) => [...duet, ...classic].map(({ clockDifferenceMs }) => clockDifferenceMs)),
  )
  return {
    title: 'From Join to painted frames on both sides: medians, ms (quartiles)',
    head: ['signaling, each way', 'duet', '', 'classic', '', 'ratio', 'runs'],
    rows: samples.map(({ condition, duet, classic }) => {
      const [ours, theirs] = [duet, classic].map((list) => list.map(({ painted }) => painted)) as [number[], number[]]
      return [
        condition.name,
        formatNumber(median(ours)),
        `(${formatQuartiles(ours)})`,
        formatNumber(median(theirs)),
        `(${formatQuartiles(theirs)})`,
        formatNumber(median(ours) / median(theirs), 2),
        `${ours.length}/${theirs.length}`,
      ]
    }),
    notes: [
      'aim: a ratio of at most 0.60 at 50 ms',
      `the two pages' clocks differed by at most ${formatNumber(worst, 1)} ms`,
      ...samples.flatMap(({ condition, failures }) =>
        failures.map((failure) => `failed: ${condition.name}, ${failure}`),
      ),
    ],
  }
}

function createMilestoneTable({ condition, duet, classic }: Samples): Table {
  const row = (name: string, list: Timeline[]): string[] => [
    name,
    ...milestones.map((key) => formatNumber(median(list.map((each) => each[key])))),
  ]
  return {
    title: `${condition.name}: ms after Join, medians`,
    head: ['', 'asked', 'joined', 'media on', 'offer known', 'answered', 'answer there', 'ICE', 'DTLS', 'painted'],
    rows: [row('duet', duet), row('classic', classic)],
  }
}

function createWeightTable(weights: PageWeight[]): Table {
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
    notes: ['bound of the build: 83 KB of JavaScript; aim: 80 KB'],
  }
}
