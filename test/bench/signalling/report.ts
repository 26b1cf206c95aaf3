import { median, round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import type { DialectName } from './load/dialects.ts'
import { names } from './subject.ts'

/** One server's turn in one round. */
export interface Round {
  dialect: DialectName
  perSecond: number
  /** Microseconds of the server's CPU for one message. */
  cpu: number
  /** Milliseconds from saying to hearing, with all pairs at it. */
  p50: number
  p99: number
  /** The same for one pair alone. */
  calm: number
}

/** Bytes per visitor who does nothing. */
export interface Idle {
  dialect: DialectName
  visitors: number
  rss: number
  heap: number
}

export const tables = (rounds: Round[], idle: Idle[]): Table[] => [relayed(rounds), resting(idle)]

function relayed(rounds: Round[]): Table {
  const medianOf = (dialect: DialectName, key: Exclude<keyof Round, 'dialect'>): number =>
    median(rounds.filter((each) => each.dialect === dialect).map((each) => each[key]))
  const dialects = [...new Set(rounds.map(({ dialect }) => dialect))]
  const least = medianOf('ws', 'cpu')
  return {
    title: '200-byte candidate, A → server → B, acknowledged to A: medians',
    head: ['server', 'msg/s', 'CPU µs/msg', 'of bare ws', 'p50 ms', 'p99 ms', 'one pair, p50 ms', 'rounds'],
    rows: dialects.map((dialect) => [
      names[dialect], round(medianOf(dialect, 'perSecond')), round(medianOf(dialect, 'cpu'), 1), round(medianOf(dialect, 'cpu') / least, 2),
      round(medianOf(dialect, 'p50'), 1), round(medianOf(dialect, 'p99'), 1), round(medianOf(dialect, 'calm'), 2),
      String(rounds.filter((each) => each.dialect === dialect).length),
    ]),
    notes: ['200 pairs, one message of each under way; the server on core 0, all visitors on core 1'],
  }
}

function resting(idle: Idle[]): Table {
  return {
    title: 'Memory of an idle visitor, KB after collection',
    head: ['server', 'resident', 'heap', 'visitors'],
    rows: idle.map(({ dialect, visitors, rss, heap }) => [names[dialect], round(rss / 1024, 1), round(heap / 1024, 1), String(visitors)]),
    notes: ['two in each room; aim: at most 20 KB'],
  }
}
