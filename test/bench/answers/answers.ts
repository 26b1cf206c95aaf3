import { randomBytes } from 'node:crypto'
import { readConfig } from '../../../server/config/config.ts'
import { startServer } from '../../../server/startServer.ts'
import { Wire } from '../../server/wire.ts'
import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import type { Scope } from '../frame/scope.ts'
import { median, round, spread } from '../frame/statistics.ts'
import { groups, type Question } from './questions.ts'

/** Of each question; the first few warm everything up. */
const usualRounds = 3_000
const warming = 500
/** Medians that differ by more than this could be told apart by who asks often enough. */
const most = 1.05

/** Microseconds until each answer to each question. */
type Times = Map<Question, number[]>

export const answers: Benchmark = {
  summary: 'what must not be told apart: how long the server takes to refuse, by whether there is such a room',
  limitMinutes: 10,
  async run(scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const tables: Report['tables'] = []
    const failures: string[] = []
    const data: Record<string, Record<string, number[]>> = {}
    for (const { name, failuresAllowed, questions } of groups.filter((group) => group.name.includes(only))) {
      const times = await scope.within((inner) => ask(inner, questions, failuresAllowed, rounds))
      const ratio = ratioOf(times)
      if (ratio > most) failures.push(`${name}: medians differ by the factor ${round(ratio, 2)}, where ${most} is the limit`)
      tables.push({ title: `${name}, µs`, head: ['', 'median', 'half are'], rows: [...times].map(rowOf), notes: [`largest of the medians to smallest: ${round(ratio, 2)}`] })
      data[name] = Object.fromEntries([...times].map(([question, all]) => [question.name, all]))
      console.error(name)
    }
    return { tables, data, failures }
  },
}

/** In turns, in an order that chance makes anew each time. */
async function ask(scope: Scope, questions: readonly Question[], failures: number, rounds: number): Promise<Times> {
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', DUET_TURN: 'off', DUET_LOG_LEVEL: 'error' })
  const server = await startServer(config, { limits: { messageBurst: 1e9, messagesPerSecond: 1e9, roomsTotal: 1e9, roomsHeldPerAddress: 1e9 }, throttle: { failures, rooms: 1e9 } })
  scope.defer(() => server.close())
  for (const room of ['half', 'full', 'full']) await enter(scope, server.url, room, true)
  // Where that is one too many, whoever asks from here on is throttled.
  await enter(scope, server.url, 'full', false)
  const wire = await Wire.open(server.url)
  scope.defer(() => wire.socket.terminate())
  const times: Times = new Map(questions.map((question) => [question, []]))
  for (let turn = 0; turn < rounds + warming; turn++) {
    for (const question of shuffled(questions)) {
      const took = await timed(wire, question)
      if (turn >= warming) times.get(question)?.push(took)
    }
  }
  return times
}

async function enter(scope: Scope, url: string, room: string, isFree: boolean): Promise<void> {
  const wire = await Wire.open(url)
  scope.defer(() => wire.socket.terminate())
  let answer = await wire.call('subscription', 'room.visit', { room, key: randomBytes(32).toString('base64url'), asked: 0 })
  while (answer.result?.type === 'started') answer = await wire.nextJson()
  if ((answer.error === undefined) !== isFree) throw new Error(`${room} answered ${JSON.stringify(answer)}`)
}

let id = 0

/** Until the refusal is there; all else of the subscription comes before it. */
async function timed(wire: Wire, { method, path, input, refusal }: Question): Promise<number> {
  const text = JSON.stringify({ id: ++id, method, params: { path, input: input() } })
  const start = performance.now()
  wire.send(text)
  for (;;) {
    const answer = await wire.nextJson()
    if (answer.id !== id || answer.result?.type === 'started') continue
    const took = (performance.now() - start) * 1_000
    if (answer.error?.data.code !== refusal) throw new Error(`${path} was answered ${JSON.stringify(answer)}, not ${refusal}`)
    return took
  }
}

function ratioOf(times: Times): number {
  const medians = [...times.values()].map(median)
  return Math.max(...medians) / Math.min(...medians)
}

const rowOf = ([{ name }, all]: [Question, number[]]): string[] => [name, round(median(all)), spread(all)]

function shuffled<T>(all: readonly T[]): T[] {
  return all.map((each) => ({ each, at: Math.random() })).sort((one, other) => one.at - other.at).map(({ each }) => each)
}
