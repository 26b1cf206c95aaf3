import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import { BenchLab } from '../lab/benchLab.ts'
import { maxSilenceMs, type Outcome, type Trial, trials } from './trials.ts'

interface Result extends Omit<Trial, 'run'> {
  outcome: Outcome | null
  failure: string | null
}

/** Long faults in real time. */
export const endure: Benchmark = {
  summary: 'long faults in real time: 20 minutes suspended, 10 hidden, 5 without a server (--minutes N for all)',
  limitMinutes: 45,
  async run(scope, { minutes, only = '' }: BenchOptions): Promise<BenchReport> {
    const lab = await BenchLab.open(scope)
    const results = await Promise.all(
      trials
        .filter(({ name }) => name.includes(only))
        .map((trial) => runTrial(lab, { ...trial, minutes: minutes ?? trial.minutes })),
    )
    return { tables: [createTable(results)], data: { results }, failures: results.flatMap(findFailures) }
  },
}

async function runTrial(lab: BenchLab, { run, ...trial }: Trial): Promise<Result> {
  const result: Result = await run(lab, trial.minutes * 60_000).then(
    (outcome) => ({ ...trial, outcome, failure: null }),
    (error: unknown) => ({ ...trial, outcome: null, failure: String((error as Error).message).split('\n')[0]! }),
  )
  console.error(JSON.stringify(result))
  return result
}

function findFailures({ name, expectation, limitMs, outcome, failure }: Result): string[] {
  if (!outcome) return [`${name}: ${failure}`]
  return [
    ...(outcome.recoveryMs > limitMs
      ? [`${name}: ${expectation} after ${outcome.recoveryMs} ms, limit ${limitMs} ms`]
      : []),
    ...((outcome.silenceMs ?? 0) > maxSilenceMs ? [`${name}: media stopped for ${outcome.silenceMs} ms`] : []),
  ]
}

const createTable = (results: readonly Result[]): Table => ({
  title: 'Long faults, ms',
  head: ['fault', 'minutes', 'longest silence', 'recovery', 'took', 'limit'],
  rows: results.map(({ name, minutes, expectation, limitMs, outcome }) => [
    name,
    String(minutes),
    outcome ? formatMs(outcome.silenceMs) : 'never',
    expectation,
    outcome ? formatMs(outcome.recoveryMs) : 'never',
    String(limitMs),
  ]),
  notes: results.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure}`] : [])),
})

const formatMs = (value: number | null): string => (value === null ? '' : formatNumber(value))
