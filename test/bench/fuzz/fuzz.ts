import { randomInt } from 'node:crypto'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import { SeededRandom } from '../harness/seededRandom.ts'
import { shapes, validMessages } from './inputs.ts'
import { checkDecoder, newTally, type Tally } from './checkDecoder.ts'

const inputsPerRound = 1_000_000
const defaultRounds = 2
const validCount = 2_000

type Shape = keyof typeof shapes
type Tallies = Record<string, Tally>

/** Fuzzing of the STUN decoder. */
export const fuzz: Benchmark = {
  summary: 'the STUN decoder with a million inputs a round: it throws only StunError and matches the encoder',
  limitMinutes: 15,
  async run(_: Scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const seed = Number(process.env.BENCH_SEED ?? randomInt(2 ** 31))
    console.log(`BENCH_SEED=${seed} repeats this run`)
    const names = (Object.keys(shapes) as Shape[]).filter((name) => name.includes(only))
    if (names.length === 0) throw new Error(`unknown shape ${only}; known: ${Object.keys(shapes).join(', ')}`)
    const since = performance.now()
    const tallies = checkInputs(names, rounds * inputsPerRound, seed)
    const seconds = (performance.now() - since) / 1000
    return { tables: [createTable(tallies, seconds)], data: { seed, seconds, tallies } }
  },
}

function checkInputs(names: Shape[], count: number, seed: number): Tallies {
  const [random, valid] = [new SeededRandom(seed), validMessages(validCount, seed)]
  const tallies: Tallies = Object.fromEntries(names.map((name) => [name, newTally()]))
  for (let n = 0; n < count; n++) {
    const name = names[n % names.length]!
    checkDecoder(shapes[name](random, valid), tallies[name]!)
  }
  return tallies
}

function createTable(tallies: Tallies, seconds: number): Table {
  const total = Object.values(tallies).reduce((sum, { inputs }) => sum + inputs, 0)
  return {
    title: 'Inputs to the decoder: it threw only StunError, and decoded messages survived a round trip',
    head: ['inputs', 'tried', 'rejected', 'decoded', 'attributes decoded', 'attributes malformed'],
    rows: Object.entries(tallies).map(([name, { inputs, rejected, values, malformed }]) => [
      name,
      String(inputs),
      String(rejected),
      String(inputs - rejected),
      String(values),
      String(malformed),
    ]),
    notes: [`${total} inputs, ${formatNumber(total / seconds)} a second including their generation`],
  }
}
