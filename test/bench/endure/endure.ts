import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import { round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import { Town } from '../lab/town.ts'
import { longestPause, type Outcome, type Trial, trials } from './trials.ts'

interface Result extends Omit<Trial, 'run'> { outcome: Outcome | null; failure: string | null }

export const endure: Benchmark = {
  summary: 'what lasts, in real time and all at once: 20 minutes asleep, 10 hidden, 5 without a server (--minutes N for all)',
  limitMinutes: 45,
  async run(scope, { minutes, only = '' }: BenchOptions): Promise<Report> {
    const town = await Town.open(scope)
    const results = await Promise.all(trials.filter(({ name }) => name.includes(only)).map((trial) => attempt(town, { ...trial, minutes: minutes ?? trial.minutes })))
    return { tables: [tableOf(results)], data: { results }, failures: results.flatMap(failuresOf) }
  },
}

async function attempt(town: Town, { run, ...trial }: Trial): Promise<Result> {
  const result: Result = await run(town, trial.minutes * 60_000).then(
    (outcome) => ({ ...trial, outcome, failure: null }),
    (error: unknown) => ({ ...trial, outcome: null, failure: String((error as Error).message).split('\n')[0]! }),
  )
  console.error(JSON.stringify(result))
  return result
}

function failuresOf({ name, follows, limit, outcome, failure }: Result): string[] {
  if (!outcome) return [`${name}: ${failure}`]
  return [
    ...(outcome.took > limit ? [`${name}: ${follows} after ${outcome.took} ms, where ${limit} are the limit`] : []),
    ...((outcome.silence ?? 0) > longestPause ? [`${name}: media stopped for ${outcome.silence} ms`] : []),
  ]
}

const tableOf = (results: readonly Result[]): Table => ({
  title: 'What lasts, ms',
  head: ['what', 'minutes', 'longest silence', 'what follows', 'took', 'limit'],
  rows: results.map(({ name, minutes, follows, limit, outcome }) =>
    [name, String(minutes), outcome ? cell(outcome.silence) : 'never', follows, outcome ? cell(outcome.took) : 'never', String(limit)]),
  notes: results.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure}`] : [])),
})

const cell = (value: number | null): string => (value === null ? '' : round(value))
