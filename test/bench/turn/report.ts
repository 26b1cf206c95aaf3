import { median, round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import type { Churned } from './churning.ts'
import type { Weighed } from './memory.ts'
import type { Paced } from './pacing.ts'
import type { Relayed } from './relaying.ts'
import type { Worked } from './workers.ts'

export interface Findings {
  relayed: Relayed[]
  churned: Churned[]
  paced: Paced[]
  weighed: Weighed[]
  /** Or why there were none. */
  worked: Worked[] | string
}

/** Of one core: below it, packets a second say nothing about the server. */
const saturated = 0.95

export const tables = ({ relayed, churned, paced, weighed, worked }: Findings): Table[] => [
  ...(relayed.length > 0 ? [relaying(relayed)] : []),
  ...(churned.length > 0 ? [churning(churned)] : []),
  ...(paced.length > 0 ? [pacing(paced)] : []),
  ...(weighed.length > 0 ? [weighing(weighed)] : []),
  ...(worked.length > 0 ? [working(worked)] : []),
]

const relaying = (all: Relayed[]): Table => ({
  title: 'ChannelData in, ChannelData out: medians',
  head: ['case', 'server', 'packets/s', 'of coturn', 'packets/core-s', 'of coturn', 'CPU µs/packet', 'server busy', 'generator busy', 'lost', 'rounds'],
  rows: groupsOf(all, ({ name }) => name).flatMap((rows) => groupsOf(rows, ({ subject }) => subject).map((mine) => [
    mine[0]!.name, mine[0]!.subject,
    round(medianOf(mine, 'perSecond')), isSaturated(rows) ? ratio(mine, rows, 'perSecond') : '–',
    round(medianOf(mine, 'perCoreSecond')), ratio(mine, rows, 'perCoreSecond'),
    round(medianOf(mine, 'cpu'), 2), percent(mine, 'serverBusy'), percent(mine, 'generatorBusy'), lostOf(mine), String(mine.length),
  ])),
  notes: [
    'a packet is one that leaves the server: each message is relayed twice; core-s: seconds of CPU that the server used, user and system',
    'bare: the same packets through node:dgram with no TURN at all, so the most that a server on Node can come to',
    'packets/s are compared where both servers kept their core busy (95 %), packets/core-s always',
  ],
})

const churning = (all: Churned[]): Table => ({
  title: 'Challenge, Allocate, Refresh with 0, each from a new socket: medians',
  head: ['server', 'allocations/s', 'CPU µs each', 'of coturn', 'server busy', 'generator busy', 'rounds'],
  rows: groupsOf(all, ({ subject }) => subject).map((mine) => [
    mine[0]!.subject, round(medianOf(mine, 'perSecond')), round(medianOf(mine, 'cpu'), 1), ratio(mine, all, 'cpu'),
    percent(mine, 'serverBusy'), percent(mine, 'generatorBusy'), String(mine.length),
  ]),
  notes: ['where the generator is what is busy, the CPU is what compares'],
})

const pacing = (all: Paced[]): Table => ({
  title: 'Round trip through four relayed packets at a steady rate, ms: medians; added: less the same without a server',
  head: ['case', 'server', 'load', 'packets/s', 'added p50', 'added p99', 'p50', 'p99', 'direct p50', 'direct p99', 'lost', 'rounds'],
  rows: groupsOf(all, ({ name, subject, load }) => `${name} ${subject} ${load}`).map((mine) => [
    mine[0]!.name, mine[0]!.subject, mine[0]!.load, round(mine[0]!.perSecond),
    ...(['p50', 'p99'] as const).map((key) => round(median(mine.map((each) => each[key] - each.direct[key])), 3)),
    ...(['p50', 'p99'] as const).map((key) => round(medianOf(mine, key), 3)),
    ...(['p50', 'p99'] as const).map((key) => round(median(mine.map(({ direct }) => direct[key])), 3)),
    lostOf(mine), String(mine.length),
  ]),
})

const weighing = (all: Weighed[]): Table => ({
  title: 'Memory of an allocation with permission and channel, resident: medians',
  head: ['server', 'bytes each', 'of coturn', 'allocations', 'rounds'],
  rows: groupsOf(all, ({ subject }) => subject).map((mine) => [
    mine[0]!.subject, round(medianOf(mine, 'bytes')), ratio(mine, all, 'bytes'), String(mine[0]!.allocations), String(mine.length),
  ]),
})

function working(worked: Worked[] | string): Table {
  const all = typeof worked === 'string' ? [] : worked
  return {
    title: 'Workers: medians',
    head: ['case', 'workers', 'packets/s', 'of one', 'packets/core-s', 'server busy', 'generator busy', 'lost', 'rounds'],
    rows: groupsOf(all, ({ workers }) => workers).map((mine) => [
      mine[0]!.name, String(mine[0]!.workers),
      round(medianOf(mine, 'perSecond')), round(medianOf(mine, 'perSecond') / medianOf(all.filter(({ workers }) => workers === 1), 'perSecond'), 2),
      round(medianOf(mine, 'perCoreSecond')), percent(mine, 'serverBusy'), percent(mine, 'generatorBusy'), lostOf(mine), String(mine.length),
    ]),
    notes: [typeof worked === 'string' ? `not measured: ${worked}` : 'not pinned: the server and the generator share all cores of the machine'],
  }
}

type NumberIn<Row> = { [Key in keyof Row]: Row[Key] extends number ? Key : never }[keyof Row]

const medianOf = <Row>(rows: Row[], key: NumberIn<Row>): number => median(rows.map((row) => row[key] as number))

/** In the order in which they first come. */
const groupsOf = <Row>(rows: Row[], keyOf: (row: Row) => string | number): Row[][] =>
  [...new Set(rows.map(keyOf))].map((key) => rows.filter((row) => keyOf(row) === key))

const ratio = <Row extends { subject: string }>(mine: Row[], all: Row[], key: NumberIn<Row>): string =>
  round(medianOf(mine, key) / medianOf(all.filter(({ subject }) => subject === 'coturn'), key), 2)

const isSaturated = (all: Relayed[]): boolean => groupsOf(all, ({ subject }) => subject).every((rows) => medianOf(rows, 'serverBusy') >= saturated)

const percent = <Row>(rows: Row[], key: NumberIn<Row>): string => `${round(medianOf(rows, key) * 100)} %`

const lostOf = (rows: { lost: number }[]): string => String(rows.reduce((sum, { lost }) => sum + lost, 0))
