import { UsageError } from '../../../turn/common/errors.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { judgeAims } from './aims.ts'
import { relayCases, saturatedCase, type ScenarioName, scenarios, workersCase } from './cases.ts'
import { measureChurn, measureFirstSecond } from './churning.ts'
import { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import { measureMemory } from './memory.ts'
import { measureDelay, type DelayResult, type DelaySubject } from './openLoop.ts'
import { findLimits, type Limits, pacedRates } from './limits.ts'
import { measureRelay } from './relaying.ts'
import { createTables, type Findings } from './report.ts'
import { interleave } from './rounds.ts'
import { findServers } from './servers/findServers.ts'
import type { Server, ServerName } from './servers/server.ts'
import { explainMissingWorkers, measureWorkers } from './workers.ts'

const defaultRounds = 5
/** Rounds of the memory, which varies little. */
const memoryRounds = 3
const overloadFactor = 1.5

/** All servers run on core 0, with one measured at a time. The generator runs on core 1. */
interface Stage {
  readonly generator: Generator
  readonly servers: readonly Server[]
  readonly targets: ReadonlyMap<ServerName, Target>
  readonly rounds: number
  readonly findings: Findings
}

/** The TURN server compared with coturn and pion/turn. */
export const turn: Benchmark = {
  summary: 'the TURN server compared with coturn and pion/turn, on one core',
  help: [
    '--rounds N     rounds of each scenario (5)',
    '--only TEXT    only the scenarios whose name contains TEXT:',
    ...Object.entries(scenarios).map(([name, meaning]) => `  ${name.padEnd(13)}${meaning}`),
  ],
  limitMinutes: 15,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const wanted = new Set(Object.keys(scenarios).filter((name) => name.includes(only)) as ScenarioName[])
    if (wanted.size === 0) throw new UsageError(`--only ${only}: expected one of ${Object.keys(scenarios).join(', ')}`)
    const { servers, missing } = await findServers(scope)
    const findings: Findings = { servers, missing, relays: [], delays: [], churns: [], memory: [], workers: [] }
    await scope.within((inner) => compareRunningServers(inner, servers, rounds, findings, wanted))
    if (wanted.has('first-second')) await compareFirstSecond(scope, servers, rounds, findings)
    if (wanted.has('memory')) await compareMemory(scope, servers, rounds, findings)
    if (wanted.has('workers')) findings.workers = await compareWorkers(scope, servers, rounds)
    const aims = judgeAims(findings)
    return { tables: createTables(findings, aims), data: { ...findings, aims }, failures: aims.failures }
  },
}

async function compareRunningServers(
  scope: Scope,
  servers: readonly Server[],
  rounds: number,
  findings: Findings,
  wanted: ReadonlySet<ScenarioName>,
): Promise<void> {
  const started = await Promise.all(
    servers.map(async (server) => [server.name, await server.start(scope, { cpuCore: 0 })] as const),
  )
  const stage: Stage = { generator: new Generator(scope, 1), servers, targets: new Map(started), rounds, findings }
  findings.syscallNanoseconds = (await stage.generator.run('syscall', started[0]![1], {})).nanoseconds
  await compareRelaying(stage, wanted)
  if (wanted.has('paced') || wanted.has('overload')) await compareDelays(stage, wanted)
  if (wanted.has('allocations'))
    findings.churns.push(
      ...(await compare(stage, 'allocations', 0, (name) => measureChurn(stage.generator, name, targetOf(stage, name)))),
    )
}

async function compareRelaying(stage: Stage, wanted: ReadonlySet<ScenarioName>): Promise<void> {
  const { generator, findings } = stage
  let warmUpRounds = 1
  for (const each of relayCases.filter(({ name }) => wanted.has(name))) {
    const measure = (name: ServerName) => measureRelay(generator, name, targetOf(stage, name), each)
    findings.relays.push(...(await compare(stage, each.name, warmUpRounds, measure)))
    warmUpRounds = 0
  }
}

async function compareDelays(stage: Stage, wanted: ReadonlySet<ScenarioName>): Promise<void> {
  const { generator, findings } = stage
  const measured = findings.relays.filter(({ title }) => title === saturatedCase.title)
  const limits = findLimits(
    measured.length > 0
      ? measured
      : await compare({ ...stage, rounds: 1 }, 'limits', 1, (name) =>
          measureRelay(generator, name, targetOf(stage, name), saturatedCase),
        ),
  )
  if (wanted.has('paced')) findings.delays.push(...(await comparePaced(stage, limits)))
  if (wanted.has('overload')) findings.delays.push(...(await compareOverload(stage, limits)))
}

async function comparePaced(stage: Stage, limits: Limits): Promise<DelayResult[]> {
  const all: DelayResult[] = []
  for (const { title, packetsPerSecond, names } of pacedRates(limits)) {
    const subjects: DelaySubject[] = [...names, 'direct']
    all.push(
      ...(await interleave({ label: title, names: subjects, rounds: stage.rounds, warmUpRounds: 0 }, (name) =>
        measureDelay(stage.generator, name, delayTarget(stage, name), title, packetsPerSecond),
      )),
    )
  }
  return all
}

/** The delay without a server is measured at a rate that the generator certainly keeps. */
function compareOverload(stage: Stage, limits: Limits): Promise<DelayResult[]> {
  const subjects: DelaySubject[] = [...limits.keys(), 'direct']
  const [slowest] = pacedRates(limits)
  return interleave({ label: 'overload', names: subjects, rounds: stage.rounds, warmUpRounds: 0 }, (name) => {
    const rate = name === 'direct' ? slowest!.packetsPerSecond : limits.get(name)! * overloadFactor
    return measureDelay(stage.generator, name, delayTarget(stage, name), 'overload', rate)
  })
}

const compareFirstSecond = (scope: Scope, servers: readonly Server[], rounds: number, findings: Findings) =>
  scope.within(async (inner) => {
    const generator = new Generator(inner, 1)
    const results = await interleave({ label: 'first-second', names: servers, rounds }, (server) =>
      measureFirstSecond(inner, generator, server),
    )
    findings.churns.push(...results)
  })

async function compareMemory(
  scope: Scope,
  servers: readonly Server[],
  rounds: number,
  findings: Findings,
): Promise<void> {
  const options = { label: 'memory', names: servers, rounds: Math.min(rounds, memoryRounds), warmUpRounds: 0 }
  findings.memory = await interleave(options, (server) => measureMemory(scope, server))
}

/** The batch engine shares its port on every Node. Without it, `node:dgram` needs Node 22.12. */
async function compareWorkers(scope: Scope, servers: readonly Server[], rounds: number): Promise<Findings['workers']> {
  const batch = servers.find(({ name }) => name === 'duet batch')
  const reason = batch ? undefined : explainMissingWorkers()
  const duet = batch ?? servers.find(({ name }) => name === 'duet dgram')!
  return reason ?? scope.within((inner) => measureWorkers(inner, rounds, duet, workersCase))
}

const compare = <Row>(
  { servers, rounds }: Stage,
  label: string,
  warmUpRounds: number,
  measure: (name: ServerName) => Promise<Row>,
): Promise<Row[]> => interleave({ label, names: servers.map(({ name }) => name), rounds, warmUpRounds }, measure)

const targetOf = ({ targets }: Stage, name: ServerName): Target => targets.get(name)!

/** Without a server the target is not used, but its process is measured. */
const delayTarget = (stage: Stage, name: DelaySubject): Target =>
  targetOf(stage, name === 'direct' ? stage.servers[0]!.name : name)
