import { type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { startNode, startProgram, waitForMessage } from '../harness/childProcess.ts'
import { benchScript } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import type { ExchangeResult, LoadCommand } from '../signalling/load/load.ts'
import { readCpuMicros } from '../turn/processUsage.ts'
import { createTables, type CapacityRow, findFailures, type NodesRound } from './report.ts'
import { measureRollingRestart } from './rollingRestart.ts'

const defaultRounds = 3
const pairs = 200
const messagesPerPair = 50
const waitingRooms = 10_000
const activePairs = 400
/** Parts of the core, and the time of one measurement in seconds. */
const loads = [0.25, 0.5, 0.75]
const paceSeconds = 5

/** Servers on core 0, one or two of them, perhaps with a Redis, and their clients on core 1. */
interface Subject {
  name: string
  servers: { pid: number; port: number }[]
  redisPid: number | null
  load: ChildProcess
}

/** Cases of `--only` that are not sets of nodes. */
const [capacityName, restartName] = ['capacity', 'rolling restart']

/** Several processes: by affinity, and across Redis; then one process with 10,000 rooms, and a rolling restart. */
export const nodes: Benchmark = {
  summary: 'one process, two by affinity, two across Redis; one core with 10,000 waiting rooms; a rolling restart',
  limitMinutes: 9,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const compared = await scope.within((inner) => compare(inner, rounds, only))
    const capacity = capacityName.includes(only) ? await scope.within(measureCapacity) : []
    const restart =
      restartName.includes(only) && hasRedis()
        ? await scope.within(async (inner) => measureRollingRestart(inner, (await startRedis(inner)).url))
        : null
    const results = { compared, capacity, restart }
    return { tables: createTables(results), data: results, failures: findFailures(results) }
  },
}

async function compare(scope: Scope, rounds: number, only: string): Promise<NodesRound[]> {
  const starts: [string, () => Promise<Subject>][] = [
    ['one process', () => startSubject(scope, 'one process', 1)],
    ['two processes by affinity', () => startSubject(scope, 'two processes by affinity', 2)],
    ...(hasRedis()
      ? ([
          ['two nodes, Redis, by affinity', () => startSubject(scope, 'two nodes, Redis, by affinity', 2, true)],
          ['two nodes, across Redis', () => startSubject(scope, 'two nodes, across Redis', 2, true)],
        ] as [string, () => Promise<Subject>][])
      : []),
  ]
  const subjects: Subject[] = []
  for (const [name, start] of starts) if (name.includes(only)) subjects.push(await start())
  for (const subject of subjects) await enter(subject)
  const all: NodesRound[] = []
  for (let round = 0; round <= rounds; round++) {
    for (const subject of round % 2 ? subjects : subjects.toReversed()) {
      const measured = await measureRound(subject)
      if (round > 0) all.push(measured)
    }
    console.error(`round ${round} of ${rounds}`)
  }
  return all
}

const hasRedis = (): boolean => spawnSync('redis-server', ['--version']).status === 0

async function startSubject(scope: Scope, name: string, count: number, isShared = false): Promise<Subject> {
  const redis = isShared ? await startRedis(scope) : null
  const load = startNode(scope, { args: [benchScript('load')], cpuCore: 1 })
  const servers: Subject['servers'] = []
  for (let node = 0; node < count; node++) {
    const env = redis ? { env: { BENCH_REDIS_URL: redis.url } } : {}
    const child = startNode(scope, { args: [benchScript('duet')], cpuCore: 0, ...env })
    const port = await waitForMessage(child, (raw) => (raw as { port?: number }).port)
    servers.push({ pid: child.pid!, port })
  }
  return { name, servers, redisPid: redis?.pid ?? null, load }
}

/** Redis shares core 0 with the servers. It saves nothing. */
async function startRedis(scope: Scope): Promise<{ url: string; pid: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'duet-bench-'))
  scope.defer(() => rmSync(folder, { recursive: true }))
  const url = join(folder, 'redis.sock')
  const command = ['redis-server', '--port', '0', '--unixsocket', url, '--save', '', '--dir', folder]
  const { pid } = startProgram(scope, { command, cpuCore: 0 })
  while (!existsSync(url)) await new Promise((resolve) => setTimeout(resolve, 20))
  return { url, pid: pid! }
}

/** By affinity both clients of a room are at one node. Across Redis they are at different nodes. */
async function enter({ name, servers, load }: Subject): Promise<void> {
  const ports = servers.map(({ port }) => port)
  const isAcross = name.includes('across')
  const receivers = isAcross ? { receiverPorts: ports.toReversed() } : {}
  await send(load, { type: 'enter', dialect: 'duet', ports, ...receivers, pairs, prefix: 'relay' }, 'entered')
}

async function measureRound({ name, servers, redisPid, load }: Subject): Promise<NodesRound> {
  const readServers = (): number => servers.reduce((sum, { pid }) => sum + readCpuMicros(pid), 0)
  const readRedis = (): number => (redisPid === null ? 0 : readCpuMicros(redisPid))
  const [serversBefore, redisBefore] = [readServers(), readRedis()]
  const result = await exchange(load, { type: 'exchange', pairs, each: messagesPerPair })
  const { messages, seconds, p50Ms, p99Ms } = result
  const [cpuMicros, redisMicros] = [readServers() - serversBefore, readRedis() - redisBefore]
  const single = await exchange(load, { type: 'exchange', pairs: 1, each: 200 })
  return {
    name,
    messagesPerSecond: messages / seconds,
    cpuMicros: cpuMicros / messages,
    redisMicros: redisMicros / messages,
    p50Ms,
    p99Ms,
    singlePairP50Ms: single.p50Ms,
  }
}

/** Fills one process with waiting rooms, then sends at rates that should take a part of its core. */
async function measureCapacity(scope: Scope): Promise<CapacityRow[]> {
  const { servers, load } = await startSubject(scope, 'one process', 1)
  const { pid, port } = servers[0]!
  await send(load, { type: 'wait', dialect: 'duet', port, rooms: 500, prefix: 'first' }, 'entered')
  const joinsBefore = readCpuMicros(pid)
  await send(load, { type: 'wait', dialect: 'duet', port, rooms: waitingRooms - 500, prefix: 'waiting' }, 'entered')
  const joinMicros = (readCpuMicros(pid) - joinsBefore) / (waitingRooms - 500)
  console.error(`${waitingRooms} rooms wait`)
  await send(load, { type: 'enter', dialect: 'duet', ports: [port], pairs: activePairs, prefix: 'active' }, 'entered')
  let messageMicros = 100
  const rows: CapacityRow[] = []
  // The first step only finds the CPU of a message at a low rate.
  for (const part of [loads[0]!, ...loads]) {
    const perSecond = (part * 1e6) / messageMicros
    const [cpuBefore, since] = [readCpuMicros(pid), performance.now()]
    const { messages, p50Ms, p99Ms } = await exchange(load, { type: 'pace', perSecond, seconds: paceSeconds })
    const cpuMicros = readCpuMicros(pid) - cpuBefore
    messageMicros = cpuMicros / messages
    rows.push({
      part,
      usedPart: cpuMicros / 1_000 / (performance.now() - since),
      joinsPerSecond: (part * 1e6) / joinMicros,
      messagesPerSecond: perSecond,
      messageMicros,
      p50Ms,
      p99Ms,
    })
  }
  return rows.slice(1)
}

const exchange = (load: ChildProcess, command: LoadCommand): Promise<ExchangeResult> => send(load, command, 'exchanged')

async function send<T>(load: ChildProcess, command: LoadCommand, answer: 'entered' | 'exchanged'): Promise<T> {
  load.send(command)
  return waitForMessage(load, (raw) => (raw as Record<string, T | undefined>)[answer], 120_000)
}
