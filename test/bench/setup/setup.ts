import type { Browser } from 'playwright-core'
import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import type { Scope } from '../frame/scope.ts'
import { startBrowser } from './browser.ts'
import { startDelay } from './delay.ts'
import { type Condition, type Samples, tables } from './report.ts'
import { type Servers, startServers } from './servers.ts'
import { tryOnce } from './trial.ts'
import { weigh } from './weight.ts'

const conditions: Condition[] = [
  { name: '0 ms', delayMs: 0, relay: false },
  { name: '50 ms', delayMs: 50, relay: false },
  { name: '0 ms, relay only', delayMs: 0, relay: true },
  { name: '50 ms, relay only', delayMs: 50, relay: true },
]

/** One more round than asked is run; the first, with cold caches, is thrown away. */
const usualRounds = 10

export const setup: Benchmark = {
  summary: 'from Join to moving pictures on both sides, against the classic order; the size of the first load',
  limitMinutes: 20,
  async run(scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const servers = await startServers(scope)
    const browser = await startBrowser(scope)
    const weights = [await weigh(browser, servers.duet, '/'), await weigh(browser, servers.duet, '/r/bench-first-load')]
    const chosen = conditions.filter(({ name }) => name.includes(only))
    const samples = await interleave(scope, browser, servers, chosen, rounds)
    return { tables: tables(samples, weights), data: { samples, weights } }
  },
}

/** Every round tries every condition with both, the first one in turns. */
async function interleave(scope: Scope, browser: Browser, servers: Servers, chosen: Condition[], rounds: number): Promise<Samples[]> {
  const all: Samples[] = []
  for (const condition of chosen) {
    const duet = await startDelay(scope, servers.duet, condition.delayMs)
    const classic = await startDelay(scope, servers.classic, condition.delayMs)
    all.push({ condition, ports: { duet, classic }, duet: [], classic: [], failures: [] })
  }
  for (let round = 0; round <= rounds; round++) {
    for (const samples of all) await both(browser, samples, round)
    console.error(`round ${round} of ${rounds}`)
  }
  return all
}

async function both(browser: Browser, samples: Samples, round: number): Promise<void> {
  const order = ['duet', 'classic'] as const
  for (const scheme of round % 2 ? order : order.toReversed()) {
    const { port, query } = { port: samples.ports[scheme], query: samples.condition.relay ? '?relay=1' : '' }
    const url = `http://127.0.0.1:${port}/r/bench-${round}-${samples.condition.delayMs}${query && '-relay'}${query}`
    try {
      const timeline = await tryOnce(browser, url)
      if (round > 0) samples[scheme].push(timeline)
    } catch (error) {
      samples.failures.push(`${scheme}, round ${round}: ${firstLine(error)}`)
    }
  }
}

const firstLine = (error: unknown): string => String((error as Error).message).split('\n')[0] ?? ''
