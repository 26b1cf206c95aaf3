import { median, formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { AuditResult } from './audit.ts'
import { type Gauge, hasGrown, hasEnoughSamples, quarterMedians } from './memoryGauges.ts'

/** What befell whom, and what came of it; milliseconds. */
export interface FaultResult {
  name: string
  user: string
  /** Since the soak began. */
  startMs: number
  durationMs: number
  /** From its end to media both ways. Null: never. */
  recoveryMs: number | null
  /** The longest time, from its beginning, in which no sound or no pictures arrived at one of the two. */
  silenceMs: number
  /** The states of both pages when media never came back. */
  statesSeen: string
}

export interface Findings {
  faultResults: FaultResult[]
  gauges: Gauge[]
  audits: Record<string, AuditResult>
  /** Which seats each of the two had. */
  seats: string[][]
  /** How many the server let into the room. */
  joinedCount: number
  /** What a third one was told. */
  thirdUserText: string
  consoleErrors: string[]
}

/** From the end of each fault. */
const recoveryLimitMs = 10_000

export function findFailures({
  faultResults,
  gauges,
  audits,
  seats,
  joinedCount,
  thirdUserText,
  consoleErrors,
}: Findings): string[] {
  return [
    ...faultResults
      .filter(({ recoveryMs }) => recoveryMs === null || recoveryMs > recoveryLimitMs)
      .map(
        ({ name, user, startMs, recoveryMs, statesSeen }) =>
          `${name} on ${user} at ${formatNumber(startMs / 1000)} s: media ${recoveryMs === null ? `never came back ${statesSeen}` : `came ${recoveryMs} ms after its end, where ${recoveryLimitMs} are the limit`}`,
      ),
    ...gauges.filter(hasGrown).map(
      (gauge) =>
        `${gauge.name} has grown: ${quarterMedians(gauge)
          .map((mebibytes) => formatNumber(mebibytes, 1))
          .join(' → ')} MiB`,
    ),
    ...Object.entries(audits).flatMap(([direction, { violations }]) =>
      violations.map((violation) => `${direction}: ${violation}`),
    ),
    ...(JSON.stringify(seats) === '[["a"],["b"]]' && joinedCount === 2
      ? []
      : [`seats were ${JSON.stringify(seats)}, and ${joinedCount} were let in`]),
    ...(thirdUserText.includes('This room is full')
      ? []
      : [`a third one was not told that the room is full: ${thirdUserText}`]),
    ...consoleErrors.map((complaint) => `a page complains: ${complaint}`),
  ]
}

export const createTables = (findings: Findings): Table[] => [
  {
    title: 'What befell the call',
    head: ['fault', 'on', 'at, s', 'lasted, s', 'media after, ms', 'silence, ms'],
    rows: findings.faultResults.map(({ name, user, startMs, durationMs, recoveryMs, silenceMs }) => [
      name,
      user,
      formatNumber(startMs / 1000),
      formatNumber(durationMs / 1000, 1),
      recoveryMs === null ? 'never' : String(recoveryMs),
      String(silenceMs),
    ]),
    notes: summarize(findings.faultResults),
  },
  {
    title: 'Memory, MiB: medians',
    head: ['', 'second quarter', 'last quarter', 'samples', 'verdict'],
    rows: findings.gauges.map((gauge) => [
      gauge.name,
      ...quarterMedians(gauge).map((mebibytes) => formatNumber(mebibytes, 1)),
      String(gauge.samplesMebibytes.length),
      hasEnoughSamples(gauge) ? (hasGrown(gauge) ? 'grows' : 'flat') : 'too short to tell',
    ]),
  },
  {
    title: 'Messages through the server',
    head: ['from, to', 'sent', 'newest acknowledged', 'received', 'gaps told of', 'verdict'],
    rows: Object.entries(findings.audits).map(([direction, { sent, acknowledged, received, resyncs, violations }]) => [
      direction,
      String(sent),
      String(acknowledged),
      String(received),
      String(resyncs),
      violations.length > 0 ? 'wrong' : 'once and in order',
    ]),
    notes: ['received: since the call was up; a page loaded anew does not hear what was sent before'],
  },
]

/** By fault: how often, and how long media took. */
function summarize(faultResults: readonly FaultResult[]): string[] {
  const names = [...new Set(faultResults.map(({ name }) => name))]
  return names.map((name) => {
    const took = faultResults.filter((one) => one.name === name).map((one) => one.recoveryMs ?? Infinity)
    return `${name}: ${took.length} ×, median ${formatNumber(median(took))} ms, worst ${formatNumber(Math.max(...took))}`
  })
}
