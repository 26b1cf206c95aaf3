import { median, formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { AuditResult } from './audit.ts'
import { type Gauge, hasGrown, hasEnoughSamples, quarterMedians } from './memoryGauges.ts'

/** The result of one fault. */
export interface FaultResult {
  name: string
  user: string
  /** Time since the start of the soak. */
  startMs: number
  durationMs: number
  /** Time from the end of the fault to media both ways. Null if media never came back. */
  recoveryMs: number | null
  /** The longest gap in audio or video at either user since the start of the fault. */
  silenceMs: number
  /** The states of both pages if media never came back. */
  statesSeen: string
}

/** All results of a soak. */
export interface Findings {
  faultResults: FaultResult[]
  gauges: Gauge[]
  audits: Record<string, AuditResult>
  /** The seats of each user. */
  seats: string[][]
  /** The number of accepted joins. */
  joinedCount: number
  /** The text that a third visitor sees. */
  thirdUserText: string
  consoleErrors: string[]
}

/** Maximum time from the end of a fault to media both ways. */
const recoveryLimitMs = 10_000

/** Lists the missed targets. */
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
          `${name} on ${user} at ${formatNumber(startMs / 1000)} s: media ${recoveryMs === null ? `never came back ${statesSeen}` : `${recoveryMs} ms after its end, limit ${recoveryLimitMs}`}`,
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
      : [`seats were ${JSON.stringify(seats)}, with ${joinedCount} accepted joins`]),
    ...(thirdUserText.includes('This room is full')
      ? []
      : [`a third visitor did not see that the room is full: ${thirdUserText}`]),
    ...consoleErrors.map((complaint) => `console error: ${complaint}`),
  ]
}

/** Creates the result tables. */
export const createTables = (findings: Findings): Table[] => [
  {
    title: 'Faults of the call',
    head: ['fault', 'user', 'start, s', 'duration, s', 'media after, ms', 'silence, ms'],
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
      hasEnoughSamples(gauge) ? (hasGrown(gauge) ? 'grows' : 'flat') : 'too few samples',
    ]),
  },
  {
    title: 'Messages through the server',
    head: ['from, to', 'sent', 'newest acknowledged', 'received', 'resyncs', 'verdict'],
    rows: Object.entries(findings.audits).map(([direction, { sent, acknowledged, received, resyncs, violations }]) => [
      direction,
      String(sent),
      String(acknowledged),
      String(received),
      String(resyncs),
      violations.length > 0 ? 'wrong' : 'once and in order',
    ]),
    notes: ['received: since the call connected; a reloaded page does not receive earlier messages'],
  },
]

/** The number of faults and the recovery times, by fault. */
function summarize(faultResults: readonly FaultResult[]): string[] {
  const names = [...new Set(faultResults.map(({ name }) => name))]
  return names.map((name) => {
    const took = faultResults.filter((one) => one.name === name).map((one) => one.recoveryMs ?? Infinity)
    return `${name}: ${took.length} ×, median ${formatNumber(median(took))} ms, worst ${formatNumber(Math.max(...took))}`
  })
}
