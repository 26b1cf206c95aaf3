import { median, formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { FaultCase, Sample } from './faultCases.ts'

/** One fault in one pairing of browsers. */
export interface CaseResult {
  faultCase: FaultCase
  pairing: string
  samples: Sample[]
  /** Errors of runs without a result: no call, or no fault. */
  failures: string[]
}

const recoveryTimesMs = ({ samples }: CaseResult): number[] => samples.map((sample) => sample.recoveryMs ?? Infinity)
const silencesMs = ({ samples }: CaseResult): number[] => samples.map((sample) => sample.silenceMs)

/** Lists the missed targets of a case. */
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
      ? [`${title}: ${formatMs(median(recoveryTimesMs(each)))} ms, limit ${limitMs} ms`]
      : []),
    ...(median(silencesMs(each)) > maxSilenceMs
      ? [`${title}: media stopped for ${formatMs(median(silencesMs(each)))} ms`]
      : []),
    ...(samples.length === 0 ? [`${title}: no run succeeded (${failures[0] ?? 'none started'})`] : []),
  ]
}

/** Creates the result table. */
export const createTable = (cases: readonly CaseResult[]): Table => ({
  title: 'From a fault to flowing media, ms',
  head: ['fault, browsers', 'median', 'worst', 'limit', 'silence, median', 'worst', 'new connections', 'runs'],
  rows: cases.map(createRow),
  notes: [
    ...new Map(cases.map(({ faultCase }) => [faultCase.name, `${faultCase.name}: ${faultCase.measured}`])).values(),
    'silence: the longest gap in audio or video at either user during the measurement',
    'new connections: peer connections created by the second user; faults affect the first',
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
