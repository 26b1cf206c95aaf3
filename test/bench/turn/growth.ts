import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { benchScript } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import { formatNumber } from '../harness/statistics.ts'
import type { Table } from '../harness/table.ts'
import { saturatedCase } from './cases.ts'
import { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import { pause } from './load/stopwatch.ts'
import type { ThreadMemory } from './memoryProbe.ts'
import { readResidentBytes } from './processUsage.ts'
import { packetsPerMessage } from './relaying.ts'
import { findDuetBatch } from './servers/duet.ts'

const packetsPerRound = 10_000_000
const defaultRounds = 10
/** The generator opens new allocations each time. */
const secondsPerLoad = 20
const warmUpSeconds = 2
/** The main thread and the worker. */
const threads = 2
const pollMs = 100
const answerTimeoutMs = 30_000
/** A value may grow by a tenth or by this many bytes, from the end of the first round. */
const allowedBytes = 2 << 20
const allowedRatio = 1.1

/** The server without any allocation. Bytes. */
interface Sample extends ThreadMemory {
  readonly packets: number
  readonly seconds: number
  readonly resident: number
  readonly descriptors: number
}

/** Relays packets through one process of the batch engine, and compares its memory at the start and at the end. */
export const growth: Benchmark = {
  summary: 'memory and descriptors of the batch engine while it relays 10⁷ packets a round (10 rounds)',
  help: [
    '--rounds N     10⁷ packets each (10)',
    '--minutes N    ends after N minutes, with the packets relayed until then',
  ],
  limitMinutes: 60,
  async run(scope, { rounds = defaultRounds, minutes = Infinity }: BenchOptions): Promise<BenchReport> {
    const server = await findDuetBatch(scope)
    if ('reason' in server) throw new Error(server.reason)
    const probe = new Probe(scope)
    const target = await server.start(scope, { cpuCore: 0, env: probe.env })
    const generator = new Generator(scope, 1)
    await relayFor(generator, target, warmUpSeconds)
    const startedAt = performance.now()
    const samples: Sample[] = []
    const sample = async (packets: number): Promise<void> => {
      samples.push(await probe.sample(target.pid, packets, (performance.now() - startedAt) / 1000))
      console.log(formatSample(samples.at(-1)!).join('  '))
    }
    await sample(0)
    const endsAt = startedAt + minutes * 60_000
    for (let round = 1, packets = 0; round <= rounds && performance.now() < endsAt; round++) {
      while (packets < round * packetsPerRound && performance.now() < endsAt)
        packets += await relayFor(generator, target, secondsPerLoad)
      await sample(packets)
    }
    return { tables: [createTable(samples)], data: { samples }, failures: findGrowth(samples) }
  },
}

/** Relays in a closed loop, then deletes all allocations. Returns the number of packets that the server sent. */
async function relayFor(generator: Generator, target: Target, seconds: number): Promise<number> {
  const { pairs, sizeBytes, window } = saturatedCase
  const { messages } = await generator.run('relay', target, { pairs, sizeBytes, window, seconds })
  return messages * packetsPerMessage
}

/** Asks the threads of a server for their memory; see memoryProbe.ts. */
class Probe {
  readonly env: Record<string, string>
  readonly #folder = mkdtempSync(join(tmpdir(), 'duet-probe-'))
  #requests = 0

  constructor(scope: Scope) {
    scope.defer(() => rmSync(this.#folder, { recursive: true }))
    this.env = { NODE_OPTIONS: `--import ${benchScript('memoryprobe')}`, BENCH_PROBE: this.#folder }
  }

  async sample(pid: number, packets: number, seconds: number): Promise<Sample> {
    const answers = await this.#ask()
    const sum = (name: keyof ThreadMemory): number => answers.reduce((total, answer) => total + answer[name], 0)
    return {
      packets,
      seconds,
      resident: readResidentBytes(pid),
      heapUsed: sum('heapUsed'),
      external: sum('external'),
      arrayBuffers: sum('arrayBuffers'),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
    }
  }

  async #ask(): Promise<ThreadMemory[]> {
    const request = ++this.#requests
    writeFileSync(join(this.#folder, `request-${request}`), '')
    const isAnswer = new RegExp(`^answer-${request}-\\d+$`)
    for (const endsAt = performance.now() + answerTimeoutMs; performance.now() < endsAt; await pause(pollMs)) {
      const files = readdirSync(this.#folder).filter((name) => isAnswer.test(name))
      if (files.length < threads) continue
      return files.map((name) => JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as ThreadMemory)
    }
    throw new Error(`the server's threads did not report their memory within ${answerTimeoutMs} ms`)
  }
}

/** Compares the last sample with that of the end of the first round. */
function findGrowth(samples: readonly Sample[]): string[] {
  const [start, first, last] = [samples[0]!, samples[1]!, samples.at(-1)!]
  const grown = (['resident', 'heapUsed', 'external', 'arrayBuffers'] as const)
    .filter((name) => last[name] > Math.max(first[name] * allowedRatio, first[name] + allowedBytes))
    .map((name) => `${name}: ${first[name]} bytes after the first round, ${last[name]} at the end`)
  if (last.descriptors !== start.descriptors)
    grown.push(`descriptors: ${start.descriptors} at the start, ${last.descriptors} at the end`)
  return grown
}

const createTable = (samples: readonly Sample[]): Table => ({
  title: 'The batch engine without allocations, after garbage collection, MiB',
  head: ['packets', 'seconds', 'resident', 'heap', 'external', 'array buffers', 'descriptors'],
  rows: samples.map(formatSample),
  notes: ['heap, external and array buffers: the main thread and the worker together'],
})

const formatSample = (sample: Sample): string[] => [
  String(sample.packets),
  formatNumber(sample.seconds),
  ...[sample.resident, sample.heapUsed, sample.external, sample.arrayBuffers].map((bytes) =>
    formatNumber(bytes / 2 ** 20, 2),
  ),
  String(sample.descriptors),
]
