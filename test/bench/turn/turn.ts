import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { type RelayCase, latencyCases, relayCases, workersCase } from './cases.ts'
import { type ChurnResult, measureChurn } from './churning.ts'
import { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import { measureMemory } from './memory.ts'
import { findRates, measureDelay, type DelayResult, type Rates } from './pacing.ts'
import { measureRelay, type RelayResult } from './relaying.ts'
import { type Findings, createTables } from './report.ts'
import { interleave } from './rounds.ts'
import { startBareRelay, startServer, type RelayName } from './serversUnderTest.ts'
import { measureWorkers, explainMissingWorkers, type WorkerResult } from './workers.ts'

const defaultRounds = 5
/** Rounds of the cases that take long or vary little. */
const fewRounds = 3
const subjects = ['duet', 'coturn'] as const

/** All servers run on core 0, with one measured at a time. The generator runs on core 1. */
interface Comparison {
  generator: Generator
  targets: Record<RelayName, Target>
  rounds: number
}

/** The TURN server compared with coturn. */
export const turn: Benchmark = {
  summary: 'the TURN server compared with coturn, on one core: relaying, allocations, added latency, memory; workers',
  limitMinutes: 15,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const wants = (name: string): boolean => name.includes(only)
    const findings = await scope.within((inner) => compareServers(inner, rounds, wants))
    if (wants('memory'))
      findings.memoryResults = await interleave(
        { label: 'memory', names: subjects, rounds: Math.min(rounds, fewRounds), warmUpRounds: 0 },
        (name) => measureMemory(scope, name),
      )
    if (wants('workers')) findings.workerResults = await compareWorkers(scope, rounds)
    return { tables: createTables(findings), data: findings }
  },
}

async function compareServers(scope: Scope, rounds: number, wants: (name: string) => boolean): Promise<Findings> {
  const [duet, coturn, bare] = await Promise.all([
    startServer(scope, 'duet', { cpuCore: 0 }),
    startServer(scope, 'coturn', { cpuCore: 0 }),
    startBareRelay(scope, 0),
  ])
  const stage: Comparison = { generator: new Generator(scope, 1), targets: { duet, coturn, bare }, rounds }
  const relayResults: RelayResult[] = []
  for (const each of relayCases.filter(({ name }) => wants(name)))
    relayResults.push(...(await compareRelaying(stage, each)))
  const churnResults = wants('allocations') ? await compareChurn(stage) : []
  const delayResults: DelayResult[] = []
  for (const each of latencyCases.filter(({ name }) => wants(name)))
    delayResults.push(...(await compareDelay(stage, each)))
  return { relayResults, churnResults, delayResults, memoryResults: [], workerResults: [] }
}

const compareRelaying = ({ generator, targets, rounds }: Comparison, each: RelayCase): Promise<RelayResult[]> =>
  interleave({ label: each.name, names: [...subjects, 'bare'] as const, rounds }, (name) =>
    measureRelay(generator, name, targets[name], each),
  )

const compareChurn = ({ generator, targets, rounds }: Comparison): Promise<ChurnResult[]> =>
  interleave({ label: 'allocations', names: subjects, rounds }, (name) => measureChurn(generator, name, targets[name]))

async function compareDelay({ generator, targets, rounds }: Comparison, each: RelayCase): Promise<DelayResult[]> {
  const rates: Rates = await findRates(generator, targets, each)
  const all = await interleave(
    { label: each.name, names: subjects, rounds: Math.min(rounds, fewRounds), warmUpRounds: 0 },
    (name) => measureDelay(generator, name, targets[name], each, rates),
  )
  return all.flat()
}

async function compareWorkers(scope: Scope, rounds: number): Promise<WorkerResult[] | string> {
  return explainMissingWorkers() ?? scope.within((inner) => measureWorkers(inner, rounds, workersCase))
}
