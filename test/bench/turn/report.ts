import { formatNumber, median } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { JudgedAims } from './aims.ts'
import type { ChurnResult } from './churning.ts'
import type { MemoryResult } from './memory.ts'
import type { DelayResult } from './openLoop.ts'
import type { RelayResult } from './relaying.ts'
import type { MissingServer, Server } from './servers/server.ts'
import type { WorkerResult } from './workers.ts'

/** All results of the benchmark. */
export interface Findings {
  readonly servers: readonly Server[]
  readonly missing: readonly MissingServer[]
  syscallNanoseconds?: number
  readonly relays: RelayResult[]
  readonly delays: DelayResult[]
  readonly churns: ChurnResult[]
  memory: MemoryResult[]
  /** The results, or the reason for their absence. */
  workers: WorkerResult[] | string
}

/** Below this ratio of one core, packets a second do not measure the server. */
const saturatedRatio = 0.95

/** Creates the result tables. Empty results have none. */
export const createTables = (findings: Findings, { aims }: JudgedAims): Table[] => [
  createServerTable(findings),
  ...(findings.relays.length > 0 ? [createRelayTable(findings.relays)] : []),
  ...(findings.delays.length > 0 ? [createDelayTable(findings.delays)] : []),
  ...(findings.churns.length > 0 ? [createChurnTable(findings.churns)] : []),
  ...(findings.memory.length > 0 ? [createMemoryTable(findings.memory)] : []),
  ...(findings.workers.length > 0 ? [createWorkerTable(findings.workers)] : []),
  ...(aims.length > 0 ? [createAimTable(aims)] : []),
]

const createServerTable = ({ servers, missing, syscallNanoseconds = NaN }: Findings): Table => ({
  title: 'Servers',
  head: ['server', 'version'],
  rows: [...servers.map(({ name, version }) => [name, version]), ...missing.map(({ name, reason }) => [name, reason])],
  notes: [
    `an empty system call takes ${formatNumber(syscallNanoseconds)} ns on this machine: getppid minus abs, both through koffi`,
  ],
})

const createRelayTable = (all: RelayResult[]): Table => ({
  title: 'Closed loop, ChannelData of 1000 bytes: medians',
  head: [
    'case',
    'server',
    'packets/core-s',
    'of coturn',
    'CPU µs/packet',
    'packets/s',
    'of coturn',
    'busy',
    'lost',
    'rounds',
  ],
  rows: groupBy(all, ({ title }) => title).flatMap((rows) =>
    groupBy(rows, ({ subject }) => subject).map((mine) => [
      mine[0]!.title,
      mine[0]!.subject,
      formatNumber(medianOf(mine, 'packetsPerCoreSecond')),
      ratioToCoturn(mine, rows, 'packetsPerCoreSecond'),
      formatNumber(medianOf(mine, 'cpuMicros'), 2),
      formatNumber(medianOf(mine, 'packetsPerSecond')),
      isSaturated(mine) && isSaturated(rowsOf(rows, 'coturn')) ? ratioToCoturn(mine, rows, 'packetsPerSecond') : '–',
      formatPercent(medianOf(mine, 'serverBusyRatio')),
      formatNumber(mine.reduce((sum, { lost }) => sum + lost, 0)),
      String(mine.length),
    ]),
  ),
  notes: [
    'packets: sent by the server, which relays each message twice; core-s: CPU seconds of the server, user and system',
    'packets/s are compared only if both servers kept their core busy (95 %), packets/core-s always',
  ],
})

const createDelayTable = (all: DelayResult[]): Table => ({
  title: 'Steady rate, 20 pairs, 1000 bytes: medians; delay of one way through two relays, in ms',
  head: [
    'case',
    'server',
    'packets/s',
    'lost',
    'p50',
    'p99',
    'added p50',
    'added p99',
    'CPU µs/packet',
    'CPU of coturn',
    'rounds',
  ],
  rows: groupBy(all, ({ title }) => title).flatMap((rows) => {
    const direct = rowsOf(rows, 'direct')
    return groupBy(rows, ({ subject }) => subject).map((mine) => [
      mine[0]!.title,
      mine[0]!.subject,
      formatNumber(medianOf(mine, 'offeredPerSecond')),
      formatPercent(medianOf(mine, 'lostRatio'), 1),
      formatNumber(medianOf(mine, 'p50Ms'), 3),
      formatNumber(medianOf(mine, 'p99Ms'), 3),
      ...(mine[0]!.subject === 'direct'
        ? ['–', '–', '–', '–']
        : [
            formatNumber(medianOf(mine, 'p50Ms') - medianOf(direct, 'p50Ms'), 3),
            formatNumber(medianOf(mine, 'p99Ms') - medianOf(direct, 'p99Ms'), 3),
            formatNumber(medianOf(mine, 'cpuMicros'), 2),
            ratioToCoturn(mine, rows, 'cpuMicros'),
          ]),
      String(mine.length),
    ])
  }),
  notes: [
    'packets/s: to be sent by the server; overload: 1.5 times the limit of the server, if the generator can',
    'direct: the generator’s own sockets; added: the delay minus that of direct',
    'a message that takes more than 0.5 s counts as lost',
  ],
})

const createChurnTable = (all: ChurnResult[]): Table => ({
  title: 'Challenge, Allocate, Refresh with 0, each from a new socket: medians',
  head: ['case', 'server', 'CPU µs each', 'of coturn', 'allocations/s', 'busy', 'rounds'],
  rows: groupBy(all, ({ title }) => title).flatMap((rows) =>
    groupBy(rows, ({ subject }) => subject).map((mine) => [
      mine[0]!.title,
      mine[0]!.subject,
      formatNumber(medianOf(mine, 'cpuMicros'), 1),
      ratioToCoturn(mine, rows, 'cpuMicros'),
      formatNumber(medianOf(mine, 'allocationsPerSecond')),
      formatPercent(medianOf(mine, 'serverBusyRatio')),
      String(mine.length),
    ]),
  ),
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
  const one = all.filter(({ workers }) => workers === 1)
  return {
    title: 'Workers: medians',
    head: ['case', 'server', 'workers', 'packets/s', 'of one', 'packets/core-s', 'busy', 'lost', 'rounds'],
    rows: groupBy(all, ({ workers }) => workers).map((mine) => [
      mine[0]!.title,
      mine[0]!.subject,
      String(mine[0]!.workers),
      formatNumber(medianOf(mine, 'packetsPerSecond')),
      formatNumber(medianOf(mine, 'packetsPerSecond') / medianOf(one, 'packetsPerSecond'), 2),
      formatNumber(medianOf(mine, 'packetsPerCoreSecond')),
      formatPercent(medianOf(mine, 'serverBusyRatio')),
      formatNumber(mine.reduce((sum, { lost }) => sum + lost, 0)),
      String(mine.length),
    ]),
    notes: [
      typeof worked === 'string'
        ? `not measured: ${worked}`
        : 'not pinned: the server and the generator share all cores of the machine',
    ],
  }
}

const createAimTable = (aims: JudgedAims['aims']): Table => ({
  title: 'Aims of the batch engine, as ratios to coturn in this run',
  head: ['aim', 'limit', 'measured', 'result'],
  rows: aims.map(({ name, limit, value, isMet }) => [name, limit, formatNumber(value, 2), isMet ? 'met' : 'missed']),
})

type NumberIn<Row> = { [Key in keyof Row]: Row[Key] extends number ? Key : never }[keyof Row]

const medianOf = <Row>(rows: Row[], key: NumberIn<Row>): number => median(rows.map((row) => row[key] as number))

/** Groups rows by key, in the order of first occurrence. */
const groupBy = <Row>(rows: Row[], keyOf: (row: Row) => string | number): Row[][] =>
  [...new Set(rows.map(keyOf))].map((key) => rows.filter((row) => keyOf(row) === key))

const rowsOf = <Row extends { subject: string }>(rows: Row[], name: string): Row[] =>
  rows.filter(({ subject }) => subject === name)

const ratioToCoturn = <Row extends { subject: string }>(mine: Row[], all: Row[], key: NumberIn<Row>): string =>
  formatNumber(medianOf(mine, key) / medianOf(rowsOf(all, 'coturn'), key), 2)

const isSaturated = (rows: RelayResult[]): boolean => medianOf(rows, 'serverBusyRatio') >= saturatedRatio

const formatPercent = (ratio: number, digits = 0): string => `${formatNumber(ratio * 100, digits)} %`
