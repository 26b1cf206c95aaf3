import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import type { Scope } from '../frame/scope.ts'
import { cases } from './cases.ts'
import { Generator } from './generator.ts'
import { measureRelay, type Relayed } from './relaying.ts'
import { tables } from './report.ts'
import { startSubject, type SubjectName } from './subject.ts'

const usualRounds = 5

export const turn: Benchmark = {
  summary: 'packets relayed by our TURN server and by coturn, one core each: throughput, CPU, latency, allocations, memory',
  limitMinutes: 15,
  async run(scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const relayed = await scope.within((inner) => relay(inner, rounds, only))
    return { tables: tables(relayed), data: { relayed } }
  },
}

async function relay(scope: Scope, rounds: number, only: string): Promise<Relayed[]> {
  const generator = new Generator(scope, 1)
  const names: SubjectName[] = ['duet', 'coturn']
  const targets = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await startSubject(scope, name, { core: 0 })])))
  const all: Relayed[] = []
  for (let round = 0; round <= rounds; round++) {
    for (const each of cases.filter(({ name }) => name.includes(only))) {
      for (const name of round % 2 ? names : names.toReversed()) {
        const m = await measureRelay(generator, name, targets[name], each)
        console.error(JSON.stringify(m))
        if (round > 0) all.push(m)
      }
    }
    console.error(`round ${round} of ${rounds}`)
  }
  return all
}
