import { BrowserPool } from '../../browser/browserPool.ts'
import { TcpFaultProxy } from '../../browser/tcpFaultProxy.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { type Condition, type Samples, createTables } from './report.ts'
import { type Servers, startServers } from './servers.ts'
import { runTrial } from './trial.ts'
import { measurePageWeight } from './pageWeight.ts'

const conditions: Condition[] = [
  { name: '0 ms', delayMs: 0, isRelayOnly: false },
  { name: '50 ms', delayMs: 50, isRelayOnly: false },
  { name: '0 ms, relay only', delayMs: 0, isRelayOnly: true },
  { name: '50 ms, relay only', delayMs: 50, isRelayOnly: true },
]

/** Measured rounds. A first round with cold caches is discarded. */
const defaultRounds = 10

/** Call setup time compared with the classic sequence. */
export const setup: Benchmark = {
  summary: 'from Join to video on both sides, compared with the classic sequence; size of the first load',
  limitMinutes: 20,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const servers = await startServers(scope)
    const browsers = new BrowserPool()
    scope.defer(() => browsers.close())
    const weights = [
      await measurePageWeight(browsers, servers.duet, '/'),
      await measurePageWeight(browsers, servers.duet, '/r/bench-first-load'),
    ]
    const chosen = conditions.filter(({ name }) => name.includes(only))
    const samples = await runInterleaved(scope, browsers, servers, chosen, rounds)
    return { tables: createTables(samples, weights), data: { samples, weights } }
  },
}

/** Runs every condition with both servers in every round, in alternating order. */
async function runInterleaved(
  scope: Scope,
  browsers: BrowserPool,
  servers: Servers,
  chosen: Condition[],
  rounds: number,
): Promise<Samples[]> {
  const all: Samples[] = []
  for (const condition of chosen) {
    const [duet, classic] = [
      await startDelayProxy(scope, servers.duet, condition.delayMs),
      await startDelayProxy(scope, servers.classic, condition.delayMs),
    ]
    all.push({ condition, ports: { duet, classic }, duet: [], classic: [], failures: [] })
  }
  for (let round = 0; round <= rounds; round++) {
    for (const samples of all) await runBoth(browsers, samples, round)
    console.error(`round ${round} of ${rounds}`)
  }
  return all
}

/** Starts a proxy that delays the signaling by this time each way. Returns its port. */
async function startDelayProxy(scope: Scope, targetPort: number, delayMs: number): Promise<number> {
  const proxy = await TcpFaultProxy.start(targetPort)
  scope.defer(() => proxy.close())
  proxy.setDelay(delayMs)
  return proxy.port
}

async function runBoth(browsers: BrowserPool, samples: Samples, round: number): Promise<void> {
  const order = ['duet', 'classic'] as const
  for (const scheme of round % 2 ? order : order.toReversed()) {
    const { port, query } = { port: samples.ports[scheme], query: samples.condition.isRelayOnly ? '?relay=1' : '' }
    const url = `http://127.0.0.1:${port}/r/bench-${round}-${samples.condition.delayMs}${query && '-relay'}${query}`
    try {
      const timeline = await runTrial(browsers, url)
      if (round > 0) samples[scheme].push(timeline)
    } catch (error) {
      samples.failures.push(`${scheme}, round ${round}: ${readFirstLine(error)}`)
    }
  }
}

const readFirstLine = (error: unknown): string => String((error as Error).message).split('\n')[0] ?? ''
