import { median } from '../harness/statistics.ts'
import { relayCases } from './cases.ts'
import type { Findings } from './report.ts'

/** One aim with its measured value. All values are ratios to coturn, except the delay. */
export interface Aim {
  readonly name: string
  readonly limit: string
  readonly value: number
  readonly isMet: boolean
}

/** The aims that this run could judge, and those that it missed as text. */
export interface JudgedAims {
  readonly aims: readonly Aim[]
  readonly failures: readonly string[]
}

const subject = 'duet batch'
const minRatios: Record<string, number> = { saturated: 1.5, twenty: 1, single: 1 }
const maxOverloadDelayMs = 20
const maxAllocationRatios: Record<string, number> = { warm: 0.9, 'first second after the start': 1.5 }

/** Compares the batch engine with the aims. Without the engine or coturn, it judges nothing. */
export function judgeAims(findings: Findings): JudgedAims {
  const found = [...relayAims(findings), ...delayAims(findings), ...allocationAims(findings)]
  const aims = found.filter(({ value }) => Number.isFinite(value))
  const failures = aims
    .filter(({ isMet }) => !isMet)
    .map(({ name, limit, value }) => `${name}: ${value.toFixed(2)}, expected ${limit}`)
  return { aims, failures }
}

const relayAims = ({ relays }: Findings): Aim[] =>
  relayCases.map(({ name, title }) =>
    atLeast(minRatios[name]!, `packets per core-second, ${title}`, ratioOf(relays, title, 'packetsPerCoreSecond')),
  )

function delayAims({ delays }: Findings): Aim[] {
  const titles = [...new Set(delays.map(({ title }) => title))]
  const paced = titles.filter((title) => title !== 'overload')
  const added = medianOf(delays, 'overload', subject, 'p50Ms') - medianOf(delays, 'overload', 'direct', 'p50Ms')
  return [
    ...paced.map((title) => atLeast(1, `packets per core-second, ${title}`, 1 / ratioOf(delays, title, 'cpuMicros'))),
    ...paced.map((title) => atMost(1, `p99 of the delay, ${title}`, ratioOf(delays, title, 'p99Ms'))),
    atMost(maxOverloadDelayMs, 'added delay under overload in ms, p50', added),
  ]
}

const allocationAims = ({ churns }: Findings): Aim[] =>
  Object.entries(maxAllocationRatios).map(([title, limit]) =>
    atMost(limit, `CPU per allocation, ${title}`, ratioOf(churns, title, 'cpuMicros')),
  )

const atLeast = (limit: number, name: string, value: number): Aim => ({
  name,
  limit: `at least ${limit}`,
  value,
  isMet: value >= limit,
})

const atMost = (limit: number, name: string, value: number): Aim => ({
  name,
  limit: `at most ${limit}`,
  value,
  isMet: value <= limit,
})

interface Titled {
  readonly title: string
  readonly subject: string
}

const ratioOf = <Row extends Titled>(rows: readonly Row[], title: string, key: keyof Row): number =>
  medianOf(rows, title, subject, key) / medianOf(rows, title, 'coturn', key)

const medianOf = <Row extends Titled>(rows: readonly Row[], title: string, name: string, key: keyof Row): number =>
  median(rows.filter((row) => row.title === title && row.subject === name).map((row) => row[key] as number))
