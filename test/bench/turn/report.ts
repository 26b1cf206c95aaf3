import { median, round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import type { Relayed } from './relaying.ts'

/** Of one core: below it, packets a second say nothing about the server. */
const saturated = 0.95

export const tables = (relayed: Relayed[]): Table[] => (relayed.length > 0 ? [relaying(relayed)] : [])

type Key<Row> = { [K in keyof Row]: Row[K] extends number ? K : never }[keyof Row]

const medianOf = <Row>(rows: Row[], key: Key<Row>): number => median(rows.map((row) => row[key] as number))

function relaying(all: Relayed[]): Table {
  const names = [...new Set(all.map(({ name }) => name))]
  return {
    title: 'ChannelData in, ChannelData out: medians',
    head: ['case', 'server', 'packets/s', 'of coturn', 'packets/core-s', 'of coturn', 'CPU µs/packet', 'server busy', 'generator busy', 'lost', 'rounds'],
    rows: names.flatMap((name) => relayingRows(all.filter((each) => each.name === name))),
    notes: [
      'a packet is one that leaves the server: each message is relayed twice; core-s: seconds of CPU that the server used, user and system',
      'packets/s are compared where both servers kept their core busy (95 %), packets/core-s always',
    ],
  }
}

function relayingRows(all: Relayed[]): string[][] {
  const [ours, theirs] = [all.filter(({ subject }) => subject === 'duet'), all.filter(({ subject }) => subject === 'coturn')]
  const isFair = medianOf(ours, 'serverBusy') >= saturated && medianOf(theirs, 'serverBusy') >= saturated
  return [ours, theirs].filter((rows) => rows.length > 0).map((rows) => [
    rows[0]!.name, rows[0]!.subject,
    round(medianOf(rows, 'perSecond')), isFair ? round(medianOf(rows, 'perSecond') / medianOf(theirs, 'perSecond'), 2) : '–',
    round(medianOf(rows, 'perCoreSecond')), round(medianOf(rows, 'perCoreSecond') / medianOf(theirs, 'perCoreSecond'), 2),
    round(medianOf(rows, 'cpu'), 2), percent(medianOf(rows, 'serverBusy')), percent(medianOf(rows, 'generatorBusy')),
    String(rows.reduce((sum, { lost }) => sum + lost, 0)), String(rows.length),
  ])
}

const percent = (share: number): string => `${round(share * 100)} %`
