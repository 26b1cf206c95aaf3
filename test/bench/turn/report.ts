import { median, formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { ChurnResult } from './churning.ts'
import type { MemoryResult } from './memory.ts'
import type { DelayResult } from './pacing.ts'
import type { RelayResult } from './relaying.ts'
import type { WorkerResult } from './workers.ts'

/** All results of the benchmark. */
export interface Findings {
  relayResults: RelayResult[]
  churnResults: ChurnResult[]
  delayResults: DelayResult[]
  memoryResults: MemoryResult[]
  /** The results, or the reason for their absence. */
  workerResults: WorkerResult[] | string
}

/** Below this ratio of one core, packets a second do not measure the server. */
const saturatedRatio = 0.95

/** Creates the result tables. Empty results have none. */
export const createTables = ({
  relayResults,
  churnResults,
  delayResults,
  memoryResults,
  workerResults,
}: Findings): Table[] => [
  ...(relayResults.length > 0 ? [createRelayTable(relayResults)] : []),
  ...(churnResults.length > 0 ? [createChurnTable(churnResults)] : []),
  ...(delayResults.length > 0 ? [createDelayTable(delayResults)] : []),
  ...(memoryResults.length > 0 ? [createMemoryTable(memoryResults)] : []),
  ...(workerResults.length > 0 ? [createWorkerTable(workerResults)] : []),
]

const createRelayTable = (all: RelayResult[]): Table => ({
  title: 'ChannelData in, ChannelData out: medians',
  head: [
    'case',
    'server',
    'packets/s',
    'of coturn',
    'packets/core-s',
    'of coturn',
    'CPU µs/packet',
    'server busy',
    'generator busy',
    'lost',
    'rounds',
  ],
  rows: groupBy(all, ({ name }) => name).flatMap((rows) =>
    groupBy(rows, ({ subject }) => subject).map((mine) => [
      mine[0]!.name,
      mine[0]!.subject,
      formatNumber(medianOf(mine, 'packetsPerSecond')),
      isSaturated(rows) ? ratioToCoturn(mine, rows, 'packetsPerSecond') : '–',
      formatNumber(medianOf(mine, 'packetsPerCoreSecond')),
      ratioToCoturn(mine, rows, 'packetsPerCoreSecond'),
      formatNumber(medianOf(mine, 'cpuMicros'), 2),
      formatPercent(mine, 'serverBusyRatio'),
      formatPercent(mine, 'generatorBusyRatio'),
      sumLost(mine),
      String(mine.length),
    ]),
  ),
  notes: [
    'packets: sent by the server, which relays each message twice; core-s: CPU seconds of the server, user and system',
    'bare: the same packets through node:dgram without TURN, the maximum for a server on Node',
    'packets/s are compared only if both servers kept their core busy (95 %), packets/core-s always',
  ],
})

const createChurnTable = (all: ChurnResult[]): Table => ({
  title: 'Challenge, Allocate, Refresh with 0, each from a new socket: medians',
  head: ['server', 'allocations/s', 'CPU µs each', 'of coturn', 'server busy', 'generator busy', 'rounds'],
  rows: groupBy(all, ({ subject }) => subject).map((mine) => [
    mine[0]!.subject,
    formatNumber(medianOf(mine, 'allocationsPerSecond')),
    formatNumber(medianOf(mine, 'cpuMicros'), 1),
    ratioToCoturn(mine, all, 'cpuMicros'),
    formatPercent(mine, 'serverBusyRatio'),
    formatPercent(mine, 'generatorBusyRatio'),
    String(mine.length),
  ]),
  notes: ['if the generator is the bottleneck, compare the CPU time'],
})

const createDelayTable = (all: DelayResult[]): Table => ({
  title: 'Round trip of four relayed packets at a steady rate, ms: medians; added: minus the same without a server',
  head: [
    'case',
    'server',
    'load',
    'packets/s',
    'added p50',
    'added p99',
    'p50',
    'p99',
    'direct p50',
    'direct p99',
    'lost',
    'rounds',
  ],
  rows: groupBy(all, ({ name, subject, load }) => `${name} ${subject} ${load}`).map((mine) => [
    mine[0]!.name,
    mine[0]!.subject,
    mine[0]!.load,
    formatNumber(mine[0]!.packetsPerSecond),
    ...(['p50Ms', 'p99Ms'] as const).map((key) =>
      formatNumber(median(mine.map((each) => each[key] - each.direct[key])), 3),
    ),
    ...(['p50Ms', 'p99Ms'] as const).map((key) => formatNumber(medianOf(mine, key), 3)),
    ...(['p50Ms', 'p99Ms'] as const).map((key) => formatNumber(median(mine.map(({ direct }) => direct[key])), 3)),
    sumLost(mine),
    String(mine.length),
  ]),
})

const createMemoryTable = (all: MemoryResult[]): Table => ({
  title: 'Memory of an allocation with permission and channel, resident: medians',
  head: ['server', 'bytes each', 'of coturn', 'allocations', 'rounds'],
  rows: groupBy(all, ({ subject }) => subject).map((mine) => [
    mine[0]!.subject,
    formatNumber(medianOf(mine, 'bytesPerAllocation')),
    ratioToCoturn(mine, all, 'bytesPerAllocation'),
    String(mine[0]!.allocations),
    String(mine.length),
  ]),
})

function createWorkerTable(worked: WorkerResult[] | string): Table {
  const all = typeof worked === 'string' ? [] : worked
  return {
    title: 'Workers: medians',
    head: [
      'case',
      'workers',
      'packets/s',
      'of one',
      'packets/core-s',
      'server busy',
      'generator busy',
      'lost',
      'rounds',
    ],
    rows: groupBy(all, ({ workers }) => workers).map((mine) => [
      mine[0]!.name,
      String(mine[0]!.workers),
      formatNumber(medianOf(mine, 'packetsPerSecond')),
      formatNumber(
        medianOf(mine, 'packetsPerSecond') /
          medianOf(
            all.filter(({ workers }) => workers === 1),
            'packetsPerSecond',
          ),
        2,
      ),
      formatNumber(medianOf(mine, 'packetsPerCoreSecond')),
      formatPercent(mine, 'serverBusyRatio'),
      formatPercent(mine, 'generatorBusyRatio'),
      sumLost(mine),
      String(mine.length),
    ]),
    notes: [
      typeof worked === 'string'
        ? `not measured: ${worked}`
        : 'not pinned: the server and the generator share all cores of the machine',
    ],
  }
}

type NumberIn<Row> = { [Key in keyof Row]: Row[Key] extends number ? Key : never }[keyof Row]

const medianOf = <Row>(rows: Row[], key: NumberIn<Row>): number => median(rows.map((row) => row[key] as number))

/** Groups rows by key, in the order of first occurrence. */
const groupBy = <Row>(rows: Row[], keyOf: (row: Row) => string | number): Row[][] =>
  [...new Set(rows.map(keyOf))].map((key) => rows.filter((row) => keyOf(row) === key))

const ratioToCoturn = <Row extends { subject: string }>(mine: Row[], all: Row[], key: NumberIn<Row>): string =>
  formatNumber(
    medianOf(mine, key) /
      medianOf(
        all.filter(({ subject }) => subject === 'coturn'),
        key,
      ),
    2,
  )

const isSaturated = (all: RelayResult[]): boolean =>
  groupBy(all, ({ subject }) => subject).every((rows) => medianOf(rows, 'serverBusyRatio') >= saturatedRatio)

const formatPercent = <Row>(rows: Row[], key: NumberIn<Row>): string => `${formatNumber(medianOf(rows, key) * 100)} %`

const sumLost = (rows: { lost: number }[]): string => String(rows.reduce((sum, { lost }) => sum + lost, 0))
