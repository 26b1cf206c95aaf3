import { median, round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import type { Account } from './audit.ts'
import { type Gauge, hasGrown, isLongEnough, quarters } from './memory.ts'

/** What befell whom, and what came of it; milliseconds. */
export interface Befallen {
  name: string
  on: string
  /** Since the soak began. */
  at: number
  lasted: number
  /** From its end to media both ways. Null: never. */
  took: number | null
  /** The longest time, from its beginning, in which no sound or no pictures arrived at one of the two. */
  silence: number
  /** What both pages said of their machines when media never came. */
  seen: string
}

export interface Findings {
  befallen: Befallen[]
  gauges: Gauge[]
  accounts: Record<string, Account>
  /** Which seats each of the two had. */
  seats: string[][]
  /** How many the server let into the room. */
  entered: number
  /** What a third one was told. */
  third: string
  complaints: string[]
}

/** From the end of each fault. */
const limit = 10_000

export function failuresOf({ befallen, gauges, accounts, seats, entered, third, complaints }: Findings): string[] {
  return [
    ...befallen.filter(({ took }) => took === null || took > limit).map(({ name, on, at, took, seen }) =>
      `${name} on ${on} at ${round(at / 1000)} s: media ${took === null ? `never came back ${seen}` : `came ${took} ms after its end, where ${limit} are the limit`}`),
    ...gauges.filter(hasGrown).map((gauge) => `${gauge.name} has grown: ${quarters(gauge).map((mebibytes) => round(mebibytes, 1)).join(' → ')} MiB`),
    ...Object.entries(accounts).flatMap(([way, { violations }]) => violations.map((violation) => `${way}: ${violation}`)),
    ...(JSON.stringify(seats) === '[["a"],["b"]]' && entered === 2 ? [] : [`seats were ${JSON.stringify(seats)}, and ${entered} were let in`]),
    ...(third.includes('This room is full') ? [] : [`a third one was not told that the room is full: ${third}`]),
    ...complaints.map((complaint) => `a page complains: ${complaint}`),
  ]
}

export const tablesOf = (findings: Findings): Table[] => [
  {
    title: 'What befell the call', head: ['fault', 'on', 'at, s', 'lasted, s', 'media after, ms', 'silence, ms'],
    rows: findings.befallen.map(({ name, on, at, lasted, took, silence }) =>
      [name, on, round(at / 1000), round(lasted / 1000, 1), took === null ? 'never' : String(took), String(silence)]),
    notes: summaryOf(findings.befallen),
  },
  {
    title: 'Memory, MiB: medians', head: ['', 'second quarter', 'last quarter', 'samples', 'verdict'],
    rows: findings.gauges.map((gauge) => [
      gauge.name, ...quarters(gauge).map((mebibytes) => round(mebibytes, 1)), String(gauge.samples.length),
      isLongEnough(gauge) ? (hasGrown(gauge) ? 'grows' : 'flat') : 'too short to tell',
    ]),
  },
  {
    title: 'Messages through the server', head: ['from, to', 'said', 'newest acknowledged', 'heard', 'gaps told of', 'verdict'],
    rows: Object.entries(findings.accounts).map(([way, { said, acknowledged, heard, resyncs, violations }]) =>
      [way, String(said), String(acknowledged), String(heard), String(resyncs), violations.length > 0 ? 'wrong' : 'once and in order']),
    notes: ['heard: since the call was up; a page loaded anew does not hear what was said before'],
  },
]

/** By fault: how often, and how long media took. */
function summaryOf(befallen: readonly Befallen[]): string[] {
  const names = [...new Set(befallen.map(({ name }) => name))]
  return names.map((name) => {
    const took = befallen.filter((one) => one.name === name).map((one) => one.took ?? Infinity)
    return `${name}: ${took.length} ×, median ${round(median(took))} ms, worst ${round(Math.max(...took))}`
  })
}
