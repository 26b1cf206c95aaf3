import { formatNumber, median } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { RollingRestart } from './rollingRestart.ts'

/** The result of one set of nodes in one round. CPU is for one message, of all nodes together. */
export interface NodesRound {
  name: string
  messagesPerSecond: number
  cpuMicros: number
  redisMicros: number
  p50Ms: number
  p99Ms: number
  singlePairP50Ms: number
}

/** One process with 10,000 waiting rooms, at a part of its core. */
export interface CapacityRow {
  part: number
  usedPart: number
  /** Derived from the CPU of a join. */
  joinsPerSecond: number
  messagesPerSecond: number
  messageMicros: number
  p50Ms: number
  p99Ms: number
}

/** The results of all parts; those that did not run are empty. */
interface NodesResults {
  compared: NodesRound[]
  capacity: CapacityRow[]
  restart: RollingRestart | null
}

/** Creates the result tables. */
export const createTables = ({ compared, capacity, restart }: NodesResults): Table[] => [
  ...(compared.length > 0 ? [createNodesTable(compared)] : []),
  ...(restart ? [createRestartTable(restart)] : []),
  ...(capacity.length > 0 ? [createCapacityTable(capacity)] : []),
]

/** CPU of a message across Redis, of the nodes alone, as a multiple of one process. */
const maxCpuRatio = 2

/** Missed aims: the cost of a message across Redis, and a rolling restart that nobody notices. */
export function findFailures({ compared, restart }: NodesResults): string[] {
  const failures: string[] = []
  const [one, across] = ['one process', 'two nodes, across Redis'].map((name) =>
    median(compared.filter((each) => each.name === name).map(({ cpuMicros }) => cpuMicros)),
  )
  if (one && across && across > maxCpuRatio * one)
    failures.push(`a message across Redis takes ${formatNumber(across / one, 2)} times the CPU of one process`)
  if (restart && restart.lostSeats + restart.rejectedJoins + restart.lostMessages > 0)
    failures.push('a rolling restart lost seats or messages, or rejected joins')
  if (restart && restart.spreadSeconds < 8) failures.push('a rolling restart moved all pages within 8 s')
  if (restart && restart.longestDrainSeconds > 30) failures.push('a drain took more than 30 s')
  return failures
}

const createRestartTable = (restart: RollingRestart): Table => ({
  title: 'Rolling restart of three nodes with Redis during 100 calls',
  head: ['calls', 'joins', 'lost seats', 'rejected joins', 'lost messages', 'pages move over', 'longest drain'],
  rows: [
    [
      ...[restart.calls, restart.joins, restart.lostSeats, restart.rejectedJoins, restart.lostMessages].map((count) =>
        formatNumber(count),
      ),
      `${formatNumber(restart.spreadSeconds, 1)} s`,
      `${formatNumber(restart.longestDrainSeconds, 1)} s`,
    ],
  ],
  notes: ['each page sends a message after each restart'],
})

const createCapacityTable = (capacity: CapacityRow[]): Table => ({
  title: 'One process with 10,000 waiting rooms; 400 pairs send at a steady rate',
  head: ['of the core', 'used', 'joins/s', 'messages/s', 'CPU µs/msg', 'p50 ms', 'p99 ms'],
  rows: capacity.map((row) => [
    `${formatNumber(100 * row.part)} %`,
    `${formatNumber(100 * row.usedPart)} %`,
    formatNumber(row.joinsPerSecond),
    formatNumber(row.messagesPerSecond),
    formatNumber(row.messageMicros, 1),
    formatNumber(row.p50Ms, 2),
    formatNumber(row.p99Ms, 1),
  ]),
  notes: ['joins/s: the part of the core, divided by the CPU of one join. A rate is joins or messages, not both'],
})

function createNodesTable(rounds: NodesRound[]): Table {
  const names = [...new Set(rounds.map(({ name }) => name))]
  const medianOf = (name: string, key: Exclude<keyof NodesRound, 'name'>): number =>
    median(rounds.filter((each) => each.name === name).map((each) => each[key]))
  const one = medianOf(names[0] ?? '', 'cpuMicros')
  return {
    title: '200-byte candidate, acknowledged: medians',
    head: ['nodes', 'msg/s', 'CPU µs/msg', 'of the first', 'Redis µs/msg', 'p50 ms', 'p99 ms', 'one pair, p50 ms'],
    rows: names.map((name) => [
      name,
      formatNumber(medianOf(name, 'messagesPerSecond')),
      formatNumber(medianOf(name, 'cpuMicros'), 1),
      formatNumber(medianOf(name, 'cpuMicros') / one, 2),
      formatNumber(medianOf(name, 'redisMicros'), 1),
      formatNumber(medianOf(name, 'p50Ms'), 1),
      formatNumber(medianOf(name, 'p99Ms'), 1),
      formatNumber(medianOf(name, 'singlePairP50Ms'), 2),
    ]),
    notes: ['200 pairs, one message in flight each; all nodes and Redis share core 0, all clients are on core 1'],
  }
}
