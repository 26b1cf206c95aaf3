import { median, round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import type { Row, Sample } from './rows.ts'

/** One fault in one pairing of browsers. */
export interface Case {
  row: Row
  pairing: string
  samples: Sample[]
  /** Runs that came to nothing: no call, or no fault. */
  failures: string[]
}

const took = ({ samples }: Case): number[] => samples.map((sample) => sample.took ?? Infinity)
const silence = ({ samples }: Case): number[] => samples.map((sample) => sample.silence)

export function failuresOf(each: Case): string[] {
  const { row: { name, limit, mostSilence = Infinity }, pairing, samples, failures } = each
  const title = `${name}, ${pairing}`
  return [
    ...(median(took(each)) > limit ? [`${title}: ${cell(median(took(each)))} ms, where ${limit} are the limit`] : []),
    ...(median(silence(each)) > mostSilence ? [`${title}: media stopped for ${cell(median(silence(each)))} ms`] : []),
    ...(samples.length === 0 ? [`${title}: no run came to anything (${failures[0] ?? 'none was made'})`] : []),
  ]
}

export const tableOf = (cases: readonly Case[]): Table => ({
  title: 'From a fault to flowing media, ms',
  head: ['fault, in which browsers', 'median', 'worst', 'limit', 'silence, median', 'worst', 'made anew', 'runs'],
  rows: cases.map(rowOf),
  notes: [
    ...new Map(cases.map(({ row }) => [row.name, `${row.name}: ${row.measured}`])).values(),
    'silence: the longest time, since the clock runs, in which no sound or no pictures arrived at one of the two',
    'made anew: peer connections that the other side made; what befalls one of the two befalls the first',
    ...cases.flatMap(({ row, pairing, failures }) => failures.map((failure) => `${row.name}, ${pairing}: ${failure}`)),
  ],
})

function rowOf(each: Case): string[] {
  const { row: { name, limit }, pairing, samples } = each
  return [
    `${name}, ${pairing}`, cell(median(took(each))), cell(Math.max(...took(each))), String(limit),
    cell(median(silence(each))), cell(Math.max(...silence(each))), cell(Math.max(0, ...samples.map(({ connections }) => connections))), String(samples.length),
  ]
}

const cell = (value: number): string => (value === Infinity ? 'never' : round(value))
