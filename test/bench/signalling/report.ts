import { median, formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import type { DialectName } from './load/dialects.ts'
import { serverNames } from './serverUnderTest.ts'

/** The result of one server in one round. */
export interface Round {
  dialect: DialectName
  messagesPerSecond: number
  /** CPU time of the server per message, in µs. */
  cpuMicros: number
  /** Delivery time with all pairs active. */
  p50Ms: number
  p99Ms: number
  /** Delivery time with one active pair. */
  singlePairP50Ms: number
}

/** Memory per idle client. */
export interface Idle {
  dialect: DialectName
  clients: number
  rssBytes: number
  heapBytes: number
}

/** Creates the result tables. */
export const createTables = (rounds: Round[], idle: Idle[]): Table[] => [
  createRelayTable(rounds),
  createIdleTable(idle),
]

function createRelayTable(rounds: Round[]): Table {
  const medianOf = (dialect: DialectName, key: Exclude<keyof Round, 'dialect'>): number =>
    median(rounds.filter((each) => each.dialect === dialect).map((each) => each[key]))
  const dialects = [...new Set(rounds.map(({ dialect }) => dialect))]
  const least = medianOf('ws', 'cpuMicros')
  return {
    title: '200-byte candidate, A → server → B, acknowledged to A: medians',
    head: ['server', 'msg/s', 'CPU µs/msg', 'of bare ws', 'p50 ms', 'p99 ms', 'one pair, p50 ms', 'rounds'],
    rows: dialects.map((dialect) => [
      serverNames[dialect],
      formatNumber(medianOf(dialect, 'messagesPerSecond')),
      formatNumber(medianOf(dialect, 'cpuMicros'), 1),
      formatNumber(medianOf(dialect, 'cpuMicros') / least, 2),
      formatNumber(medianOf(dialect, 'p50Ms'), 1),
      formatNumber(medianOf(dialect, 'p99Ms'), 1),
      formatNumber(medianOf(dialect, 'singlePairP50Ms'), 2),
      String(rounds.filter((each) => each.dialect === dialect).length),
    ]),
    notes: ['200 pairs, one message in flight per pair; the server on core 0, all clients on core 1'],
  }
}

function createIdleTable(idle: Idle[]): Table {
  return {
    title: 'Memory of an idle client, KB after collection',
    head: ['server', 'resident', 'heap', 'clients'],
    rows: idle.map(({ dialect, clients, rssBytes, heapBytes }) => [
      serverNames[dialect],
      formatNumber(rssBytes / 1024, 1),
      formatNumber(heapBytes / 1024, 1),
      String(clients),
    ]),
    notes: ['two in each room; aim: at most 20 KB'],
  }
}
