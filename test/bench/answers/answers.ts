import { randomBytes } from 'node:crypto'
import { readConfig } from '../../../server/config/config.ts'
import { startServer } from '../../../server/startServer.ts'
import { FrameClient } from '../../server/frameClient.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { median, formatNumber, formatQuartiles } from '../harness/statistics.ts'
import { groups, type Question } from './questions.ts'

/** Measured rounds per question, after the warm-up rounds. */
const defaultRounds = 3_000
const warmUpRounds = 500
/** The highest accepted ratio of two medians. An attacker with many requests could measure a larger one. */
const maxMedianRatio = 1.05

/** Response times in µs, by question. */
type TimesMicros = Map<Question, number[]>

/** Response times of rejected requests must not reveal whether a room exists. */
export const answers: Benchmark = {
  summary: 'room probing: the time of an error response must not depend on the existence of the room',
  limitMinutes: 10,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const tables: BenchReport['tables'] = []
    const failures: string[] = []
    const data: Record<string, Record<string, number[]>> = {}
    for (const { name, failuresAllowed, questions } of groups.filter((group) => group.name.includes(only))) {
      const times = await scope.within((inner) => measureQuestions(inner, questions, failuresAllowed, rounds))
      const ratio = medianRatio(times)
      if (ratio > maxMedianRatio)
        failures.push(`${name}: ratio of the medians ${formatNumber(ratio, 2)}, limit ${maxMedianRatio}`)
      tables.push({
        title: `${name}, µs`,
        head: ['', 'median', 'quartiles'],
        rows: [...times].map(createRow),
        notes: [`ratio of the largest median to the smallest: ${formatNumber(ratio, 2)}`],
      })
      data[name] = Object.fromEntries([...times].map(([question, all]) => [question.name, all]))
      console.error(name)
    }
    return { tables, data, failures }
  },
}

/** Measures the questions interleaved, in a new random order each round. */
async function measureQuestions(
  scope: Scope,
  questions: readonly Question[],
  failures: number,
  rounds: number,
): Promise<TimesMicros> {
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', DUET_TURN: 'off', DUET_LOG_LEVEL: 'error' })
  const server = await startServer(config, {
    limits: {
      messageBurst: 1e9,
      messagesPerSecond: 1e9,
      roomsTotal: 1e9,
      roomsHeldPerNetwork: 1e9,
      failedJoinsPerAddressPerMinute: failures,
      failedJoinsPerSocketPerMinute: failures,
      newRoomsPerAddressPerMinute: 1e9,
      newRoomsPerSocketPerMinute: 1e9,
    },
  })
  scope.defer(() => server.close())
  for (const room of ['half', 'full', 'full']) await joinRoom(scope, server.url, room, true)
  // With one allowed failure, this failed join throttles all later requests.
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
  if ((answer.error === undefined) !== isFree)
    throw new Error(`unexpected response to a join of ${room}: ${JSON.stringify(answer)}`)
}

let id = 0

/** The time until the error response in µs. Other responses of the subscription arrive before it. */
async function measureMicros(wire: FrameClient, { method, path, input, errorCode }: Question): Promise<number> {
  const text = JSON.stringify({ id: ++id, method, params: { path, input: input() } })
  const start = performance.now()
  wire.send(text)
  for (;;) {
    const answer = await wire.nextJson()
    if (answer.id !== id || answer.result?.type === 'started') continue
    const took = (performance.now() - start) * 1_000
    if (answer.error?.data.code !== errorCode)
      throw new Error(`${path}: expected ${errorCode}, received ${JSON.stringify(answer)}`)
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
