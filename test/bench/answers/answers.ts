import { randomBytes } from 'node:crypto'
import { readConfig } from '../../../server/config/config.ts'
import { startServer } from '../../../server/startServer.ts'
import { FrameClient } from '../../server/frameClient.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { median, formatNumber, formatQuartiles } from '../harness/statistics.ts'
import { groups, type Question } from './questions.ts'

/** Of each question; the first few warm everything up. */
const defaultRounds = 3_000
const warmUpRounds = 500
/** Medians that differ by more than this could be told apart by who asks often enough. */
const maxMedianRatio = 1.05

/** Microseconds until each answer to each question. */
type TimesMicros = Map<Question, number[]>

export const answers: Benchmark = {
  summary: 'what must not be told apart: how long the server takes to refuse, by whether there is such a room',
  limitMinutes: 10,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const tables: BenchReport['tables'] = []
    const failures: string[] = []
    const data: Record<string, Record<string, number[]>> = {}
    for (const { name, failuresAllowed, questions } of groups.filter((group) => group.name.includes(only))) {
      const times = await scope.within((inner) => measureQuestions(inner, questions, failuresAllowed, rounds))
      const ratio = medianRatio(times)
      if (ratio > maxMedianRatio)
        failures.push(
          `${name}: medians differ by the factor ${formatNumber(ratio, 2)}, where ${maxMedianRatio} is the limit`,
        )
      tables.push({
        title: `${name}, µs`,
        head: ['', 'median', 'half are'],
        rows: [...times].map(createRow),
        notes: [`largest of the medians to smallest: ${formatNumber(ratio, 2)}`],
      })
      data[name] = Object.fromEntries([...times].map(([question, all]) => [question.name, all]))
      console.error(name)
    }
    return { tables, data, failures }
  },
}

/** In turns, in an order that chance makes anew each time. */
async function measureQuestions(
  scope: Scope,
  questions: readonly Question[],
  failures: number,
  rounds: number,
): Promise<TimesMicros> {
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', DUET_TURN: 'off', DUET_LOG_LEVEL: 'error' })
  const server = await startServer(config, {
    limits: { messageBurst: 1e9, messagesPerSecond: 1e9, roomsTotal: 1e9, roomsHeldPerAddress: 1e9 },
    rateLimits: { failedJoins: failures, createdRooms: 1e9 },
  })
  scope.defer(() => server.close())
  for (const room of ['half', 'full', 'full']) await joinRoom(scope, server.url, room, true)
  // Where that is one too many, whoever asks from here on is throttled.
  await joinRoom(scope, server.url, 'full', false)
  const wire = await FrameClient.open(server.url)
  scope.defer(() => wire.socket.terminate())
  const times: TimesMicros = new Map(questions.map((question) => [question, []]))
  for (let turn = 0; turn < rounds + warmUpRounds; turn++) {
    for (const question of shuffle(questions)) {
      const took = await measureMicros(wire, question)
      if (turn >= warmUpRounds) times.get(question)?.push(took)
    }
  }
  return times
}

async function joinRoom(scope: Scope, url: string, room: string, isFree: boolean): Promise<void> {
  const wire = await FrameClient.open(url)
  scope.defer(() => wire.socket.terminate())
  let answer = await wire.request('subscription', 'room.join', {
    room,
    joinKey: randomBytes(32).toString('base64url'),
    requestedAt: 0,
  })
  while (answer.result?.type === 'started') answer = await wire.nextJson()
  if ((answer.error === undefined) !== isFree) throw new Error(`${room} answered ${JSON.stringify(answer)}`)
}

let id = 0

/** Until the refusal is there; all else of the subscription comes before it. */
async function measureMicros(wire: FrameClient, { method, path, input, errorCode }: Question): Promise<number> {
  const text = JSON.stringify({ id: ++id, method, params: { path, input: input() } })
  const start = performance.now()
  wire.send(text)
  for (;;) {
    const answer = await wire.nextJson()
    if (answer.id !== id || answer.result?.type === 'started') continue
    const took = (performance.now() - start) * 1_000
    if (answer.error?.data.code !== errorCode)
      throw new Error(`${path} was answered ${JSON.stringify(answer)}, not ${errorCode}`)
    return took
  }
}

function medianRatio(times: TimesMicros): number {
  const medians = [...times.values()].map(median)
  return Math.max(...medians) / Math.min(...medians)
}

const createRow = ([{ name }, all]: [Question, number[]]): string[] => [
  name,
  formatNumber(median(all)),
  formatQuartiles(all),
]

function shuffle<T>(all: readonly T[]): T[] {
  return all
    .map((each) => ({ each, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ each }) => each)
}
