import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError } from '../../turn/common/errors.ts'
import { answers } from './answers/answers.ts'
import { clients } from './clients/clients.ts'
import { endure } from './endure/endure.ts'
import { explore } from './explore/explore.ts'
import type { Benchmark, BenchOptions } from './harness/benchmark.ts'
import { takeLock } from './harness/lock.ts'
import { describeMachine, readMachine } from './harness/machine.ts'
import { pathTo } from './harness/paths.ts'
import { Scope } from './harness/scope.ts'
import { formatTable } from './harness/table.ts'
import { fuzz } from './fuzz/fuzz.ts'
import { nodes } from './nodes/nodes.ts'
import { recover } from './recover/recover.ts'
import { setup } from './setup/setup.ts'
import { signalling } from './signalling/signalling.ts'
import { soak } from './soak/soak.ts'
import { growth } from './turn/growth.ts'
import { turn } from './turn/turn.ts'

const benchmarks: Record<string, Benchmark> = {
  setup,
  signalling,
  nodes,
  turn,
  growth,
  clients,
  fuzz,
  answers,
  explore,
  recover,
  soak,
  endure,
}

function usage(): string {
  const lines = Object.entries(benchmarks).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  return [
    'npm run bench -- NAME [--rounds N] [--only TEXT] [--minutes N] [--seed N]',
    '',
    ...lines,
    '',
    'Methods: test/bench/README.md',
  ].join('\n')
}

const describe = (name: string, { summary, help }: Benchmark): string =>
  help ? [`npm run bench -- ${name}: ${summary}`, '', ...help, '', 'Methods: test/bench/README.md'].join('\n') : usage()

async function main(): Promise<void> {
  const { values, positionals } = parseOptions()
  const [name, unknown] = positionals
  if (name === undefined) return console.log(usage())
  const benchmark = benchmarks[name]
  if (!benchmark) throw new UsageError(`unknown benchmark ${name}`)
  if (values.help) return console.log(describe(name, benchmark))
  if (unknown !== undefined) throw new UsageError(`unknown argument ${unknown}`)
  await runBenchmark(name, benchmark, {
    ...parseNumberOption('rounds', values.rounds, 999),
    ...parseNumberOption('minutes', values.minutes, 999),
    ...parseNumberOption('seed', values.seed, 2 ** 31 - 1),
    ...(values.only && { only: values.only }),
  })
}

/** @throws {UsageError} for an unknown option */
function parseOptions() {
  const text = { type: 'string' } as const
  const help = { type: 'boolean', short: 'h' } as const
  try {
    return parseArgs({ allowPositionals: true, options: { rounds: text, only: text, minutes: text, seed: text, help } })
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/, 1)[0]!)
  }
}

function parseNumberOption<Name extends string>(
  name: Name,
  text: string | undefined,
  most: number,
): Partial<Record<Name, number>> {
  if (text === undefined) return {}
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > most)
    throw new UsageError(`--${name} ${text}: expected a number from 1 to ${most}`)
  return { [name]: Number(text) } as Record<Name, number>
}

async function runBenchmark(name: string, benchmark: Benchmark, options: BenchOptions): Promise<void> {
  mkdirSync(pathTo('dist/bench'), { recursive: true })
  const scope = new Scope()
  scope.defer(takeLock())
  const limit = setTimeout(
    () => void abort(scope, `timeout after ${benchmark.limitMinutes} minutes`),
    benchmark.limitMinutes * 60_000,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void abort(scope, signal))
  try {
    const machine = readMachine()
    console.log(`${name}\n${describeMachine(machine)}`)
    const { tables, data, failures = [] } = await benchmark.run(scope, options)
    for (const table of tables) console.log(formatTable(table))
    const file = `dist/bench/${name}.json`
    writeFileSync(pathTo(file), JSON.stringify({ name, machine, options, ...data, failures }, null, 2))
    console.log(`\nWritten to ${file}`)
    if (failures.length > 0)
      throw new Error(`\nMissed targets:\n${failures.map((failure) => `  ${failure}`).join('\n')}`)
  } finally {
    clearTimeout(limit)
    await scope.close()
  }
}

async function abort(scope: Scope, reason: string): Promise<never> {
  console.error(`stopped: ${reason}`)
  await scope.close()
  process.exit(1)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(error instanceof UsageError ? 2 : 1)
  },
)
