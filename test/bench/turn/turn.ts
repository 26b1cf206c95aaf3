import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import type { Scope } from '../frame/scope.ts'
import { type Case, latencyCases, relayCases, workersCase } from './cases.ts'
import { type Churned, measureChurn } from './churning.ts'
import { Generator } from './generator.ts'
import type { Target } from './load/orders.ts'
import { weigh } from './memory.ts'
import { findRates, measureDelay, type Paced, type Rates } from './pacing.ts'
import { measureRelay, type Relayed } from './relaying.ts'
import { type Findings, tables } from './report.ts'
import { interleave } from './rounds.ts'
import { startBare, startSubject, type SubjectName } from './subject.ts'
import { measureWorkers, whyNoWorkers, type Worked } from './workers.ts'

const usualRounds = 5
/** Of what is either long or steady. */
const fewRounds = 3
const subjects = ['duet', 'coturn'] as const

/** All servers on core 0, where the others rest while one is asked; the generator on core 1. */
interface Stage {
  generator: Generator
  targets: Record<SubjectName, Target>
  rounds: number
}

export const turn: Benchmark = {
  summary: 'our TURN server against coturn, one core each: packets relayed, allocations, added latency, memory; workers',
  limitMinutes: 15,
  async run(scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const wants = (name: string): boolean => name.includes(only)
    const findings = await scope.within((inner) => compare(inner, rounds, wants))
    if (wants('memory')) findings.weighed = await interleave({ label: 'memory', names: subjects, rounds: Math.min(rounds, fewRounds), warm: 0 }, (name) => weigh(scope, name))
    if (wants('workers')) findings.worked = await work(scope, rounds)
    return { tables: tables(findings), data: findings }
  },
}

async function compare(scope: Scope, rounds: number, wants: (name: string) => boolean): Promise<Findings> {
  const [duet, coturn, bare] = await Promise.all([startSubject(scope, 'duet', { core: 0 }), startSubject(scope, 'coturn', { core: 0 }), startBare(scope, 0)])
  const stage: Stage = { generator: new Generator(scope, 1), targets: { duet, coturn, bare }, rounds }
  const relayed: Relayed[] = []
  for (const each of relayCases.filter(({ name }) => wants(name))) relayed.push(...(await relay(stage, each)))
  const churned = wants('allocations') ? await churn(stage) : []
  const paced: Paced[] = []
  for (const each of latencyCases.filter(({ name }) => wants(name))) paced.push(...(await delay(stage, each)))
  return { relayed, churned, paced, weighed: [], worked: [] }
}

const relay = ({ generator, targets, rounds }: Stage, each: Case): Promise<Relayed[]> =>
  interleave({ label: each.name, names: [...subjects, 'bare'] as const, rounds }, (name) => measureRelay(generator, name, targets[name], each))

const churn = ({ generator, targets, rounds }: Stage): Promise<Churned[]> =>
  interleave({ label: 'allocations', names: subjects, rounds }, (name) => measureChurn(generator, name, targets[name]))

async function delay({ generator, targets, rounds }: Stage, each: Case): Promise<Paced[]> {
  const rates: Rates = await findRates(generator, targets, each)
  const all = await interleave({ label: each.name, names: subjects, rounds: Math.min(rounds, fewRounds), warm: 0 }, (name) => measureDelay(generator, name, targets[name], each, rates))
  return all.flat()
}

async function work(scope: Scope, rounds: number): Promise<Worked[] | string> {
  return whyNoWorkers() ?? scope.within((inner) => measureWorkers(inner, rounds, workersCase))
}
