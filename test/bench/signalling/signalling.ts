import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import type { DialectName } from './load/dialects.ts'
import { type Idle, type Round, createTables } from './report.ts'
import { serverNames, ServerUnderTest } from './serverUnderTest.ts'

const defaultRounds = 7
const pairs = 200
const messagesPerPair = 100
/** Messages of a single pair, for the latency without queueing. */
const singlePairMessages = 300
/** Pairs before the measurement, so that one-time allocations of the server do not count. */
const baselinePairs = 250
const idlePairs = 2_500

/** Signaling throughput and idle memory. */
export const signalling: Benchmark = {
  summary: 'relayed and acknowledged messages, compared with socket.io and bare ws; memory of 5,000 idle clients',
  limitMinutes: 15,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const dialects = (Object.keys(serverNames) as DialectName[]).filter((dialect) =>
      serverNames[dialect].includes(only),
    )
    const relayed = await scope.within((inner) => measureRelaying(inner, dialects, rounds))
    const idle: Idle[] = []
    for (const dialect of dialects) idle.push(await scope.within((inner) => measureIdle(inner, dialect)))
    return { tables: createTables(relayed, idle), data: { relayed, idle } }
  },
}

/** All servers run the whole time. They are measured one at a time, in alternating order, after a warm-up round. */
async function measureRelaying(scope: Scope, dialects: DialectName[], rounds: number): Promise<Round[]> {
  const subjects = await Promise.all(dialects.map((dialect) => ServerUnderTest.start(scope, dialect)))
  for (const subject of subjects) await subject.join(pairs, 'relay')
  const all: Round[] = []
  for (let round = 0; round <= rounds; round++) {
    for (const subject of round % 2 ? subjects : subjects.toReversed()) {
      const measured = await measureRound(subject)
      if (round > 0) all.push(measured)
    }
    console.error(`round ${round} of ${rounds}`)
  }
  return all
}

async function measureRound(subject: ServerUnderTest): Promise<Round> {
  const before = await subject.readUsage()
  const { messages, seconds, p50Ms, p99Ms } = await subject.exchange(pairs, messagesPerPair)
  const after = await subject.readUsage()
  const singlePair = await subject.exchange(1, singlePairMessages)
  return {
    dialect: subject.dialect,
    messagesPerSecond: messages / seconds,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / messages,
    p50Ms,
    p99Ms,
    singlePairP50Ms: singlePair.p50Ms,
  }
}

async function measureIdle(scope: Scope, dialect: DialectName): Promise<Idle> {
  const subject = await ServerUnderTest.start(scope, dialect)
  await subject.join(baselinePairs, 'first')
  const before = await subject.readUsage(true)
  await subject.join(idlePairs, 'idle')
  const after = await subject.readUsage(true)
  console.error(`${serverNames[dialect]}: ${2 * idlePairs} clients idle`)
  const per = (key: 'rssBytes' | 'heapBytes'): number => (after[key] - before[key]) / (2 * idlePairs)
  return { dialect, clients: 2 * idlePairs, rssBytes: per('rssBytes'), heapBytes: per('heapBytes') }
}
