import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import type { Scope } from '../frame/scope.ts'
import type { DialectName } from './load/dialects.ts'
import { type Idle, type Round, tables } from './report.ts'
import { names, Subject } from './subject.ts'

const usualRounds = 7
const pairs = 200
const messagesEach = 100
/** One pair alone: what a message takes when nobody waits in line. */
const calmMessages = 300
/** Those who are there before the count begins: what a server makes once is not a visitor's. */
const firstPairs = 250
const idlePairs = 2_500

export const signalling: Benchmark = {
  summary: 'messages relayed with acknowledgement against socket.io and bare ws; memory of 5,000 idle visitors',
  limitMinutes: 15,
  async run(scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const dialects = (Object.keys(names) as DialectName[]).filter((dialect) => names[dialect].includes(only))
    const relayed = await scope.within((inner) => relay(inner, dialects, rounds))
    const idle: Idle[] = []
    for (const dialect of dialects) idle.push(await scope.within((inner) => rest(inner, dialect)))
    return { tables: tables(relayed, idle), data: { relayed, idle } }
  },
}

/** All servers stand the whole time, one is spoken to at a time, in turns; the first round warms them up. */
async function relay(scope: Scope, dialects: DialectName[], rounds: number): Promise<Round[]> {
  const subjects = await Promise.all(dialects.map((dialect) => Subject.start(scope, dialect)))
  for (const subject of subjects) await subject.enter(pairs, 'relay')
  const all: Round[] = []
  for (let round = 0; round <= rounds; round++) {
    for (const subject of round % 2 ? subjects : subjects.toReversed()) {
      const measured = await measure(subject)
      if (round > 0) all.push(measured)
    }
    console.error(`round ${round} of ${rounds}`)
  }
  return all
}

async function measure(subject: Subject): Promise<Round> {
  const before = await subject.usage()
  const { messages, seconds, p50, p99 } = await subject.exchange(pairs, messagesEach)
  const after = await subject.usage()
  const calm = await subject.exchange(1, calmMessages)
  return { dialect: subject.dialect, perSecond: messages / seconds, cpu: (after.cpu - before.cpu) / messages, p50, p99, calm: calm.p50 }
}

async function rest(scope: Scope, dialect: DialectName): Promise<Idle> {
  const subject = await Subject.start(scope, dialect)
  await subject.enter(firstPairs, 'first')
  const before = await subject.usage(true)
  await subject.enter(idlePairs, 'idle')
  const after = await subject.usage(true)
  console.error(`${names[dialect]}: ${2 * idlePairs} visitors idle`)
  const per = (key: 'rss' | 'heap'): number => (after[key] - before[key]) / (2 * idlePairs)
  return { dialect, visitors: 2 * idlePairs, rss: per('rss'), heap: per('heap') }
}
