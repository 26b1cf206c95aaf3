import { formatNumber, median } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'

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

/** Creates the result tables. */
export const createTables = (rounds: NodesRound[], capacity: CapacityRow[]): Table[] => [
  createNodesTable(rounds),
  {
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
  },
]

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
