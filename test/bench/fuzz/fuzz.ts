import { randomInt } from 'node:crypto'
import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import type { Scope } from '../frame/scope.ts'
import { round } from '../frame/statistics.ts'
import type { Table } from '../frame/table.ts'
import { Dice } from './dice.ts'
import { shapes, validMessages } from './inputs.ts'
import { judge, newTally, type Tally } from './judge.ts'

const inputsPerRound = 1_000_000
const usualRounds = 2
const validCount = 2_000

type Shape = keyof typeof shapes
type Tallies = Record<string, Tally>

export const fuzz: Benchmark = {
  summary: 'the decoder of STUN under a million inputs a round: no error but its own, and it agrees with the encoder',
  limitMinutes: 15,
  async run(_: Scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const seed = Number(process.env.BENCH_SEED ?? randomInt(2 ** 31))
    console.log(`BENCH_SEED=${seed} repeats it`)
    const names = (Object.keys(shapes) as Shape[]).filter((name) => name.includes(only))
    if (names.length === 0) throw new Error(`no inputs are called ${only}; there are ${Object.keys(shapes).join(', ')}`)
    const since = performance.now()
    const tallies = tryAll(names, rounds * inputsPerRound, seed)
    const seconds = (performance.now() - since) / 1000
    return { tables: [tableOf(tallies, seconds)], data: { seed, seconds, tallies } }
  },
}

function tryAll(names: Shape[], count: number, seed: number): Tallies {
  const [dice, valid] = [new Dice(seed), validMessages(validCount, seed)]
  const tallies: Tallies = Object.fromEntries(names.map((name) => [name, newTally()]))
  for (let n = 0; n < count; n++) {
    const name = names[n % names.length]!
    judge(shapes[name](dice, valid), tallies[name]!)
  }
  return tallies
}

function tableOf(tallies: Tallies, seconds: number): Table {
  const total = Object.values(tallies).reduce((sum, { inputs }) => sum + inputs, 0)
  return {
    title: 'Inputs to the decoder: none threw anything but StunError, and what was decoded stayed the same when encoded and decoded again',
    head: ['inputs', 'tried', 'refused', 'decoded', 'values read', 'values refused'],
    rows: Object.entries(tallies).map(([name, { inputs, refused, values, malformed }]) =>
      [name, String(inputs), String(refused), String(inputs - refused), String(values), String(malformed)]),
    notes: [`${total} inputs, ${round(total / seconds)} a second with making them`],
  }
}
