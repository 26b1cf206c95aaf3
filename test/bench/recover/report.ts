import { median, formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { FaultCase, Sample } from './faultCases.ts'

/** One fault in one pairing of browsers. */
export interface CaseResult {
  faultCase: FaultCase
  pairing: string
  samples: Sample[]
  /** Runs that came to nothing: no call, or no fault. */
  failures: string[]
}

const recoveryTimesMs = ({ samples }: CaseResult): number[] => samples.map((sample) => sample.recoveryMs ?? Infinity)
const silencesMs = ({ samples }: CaseResult): number[] => samples.map((sample) => sample.silenceMs)

export function findFailures(each: CaseResult): string[] {
  const {
    faultCase: { name, limitMs, maxSilenceMs = Infinity },
    pairing,
    samples,
    failures,
  } = each
  const title = `${name}, ${pairing}`
  return [
    ...(median(recoveryTimesMs(each)) > limitMs
      ? [`${title}: ${formatMs(median(recoveryTimesMs(each)))} ms, where ${limitMs} are the limit`]
      : []),
    ...(median(silencesMs(each)) > maxSilenceMs
      ? [`${title}: media stopped for ${formatMs(median(silencesMs(each)))} ms`]
      : []),
    ...(samples.length === 0 ? [`${title}: no run came to anything (${failures[0] ?? 'none was made'})`] : []),
  ]
}

export const createTable = (cases: readonly CaseResult[]): Table => ({
  title: 'From a fault to flowing media, ms',
  head: ['fault, in which browsers', 'median', 'worst', 'limit', 'silence, median', 'worst', 'made anew', 'runs'],
  rows: cases.map(createRow),
  notes: [
    ...new Map(cases.map(({ faultCase }) => [faultCase.name, `${faultCase.name}: ${faultCase.measured}`])).values(),
    'silence: the longest time, since the clock runs, in which no sound or no pictures arrived at one of the two',
    'made anew: peer connections that the other side made; what befalls one of the two befalls the first',
    ...cases.flatMap(({ faultCase, pairing, failures }) =>
      failures.map((failure) => `${faultCase.name}, ${pairing}: ${failure}`),
    ),
  ],
})

function createRow(each: CaseResult): string[] {
  const {
    faultCase: { name, limitMs },
    pairing,
    samples,
  } = each
  return [
    `${name}, ${pairing}`,
    formatMs(median(recoveryTimesMs(each))),
    formatMs(Math.max(...recoveryTimesMs(each))),
    String(limitMs),
    formatMs(median(silencesMs(each))),
    formatMs(Math.max(...silencesMs(each))),
    formatMs(Math.max(0, ...samples.map(({ newConnections }) => newConnections))),
    String(samples.length),
  ]
}

const formatMs = (value: number): string => (value === Infinity ? 'never' : formatNumber(value))
