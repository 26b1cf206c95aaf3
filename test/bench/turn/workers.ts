import { spawnSync } from 'node:child_process'
import { hasReusePort } from '../../../turn/workers/workerPool.ts'
import type { Scope } from '../harness/scope.ts'
import type { RelayCase } from './cases.ts'
import { Generator } from './generator.ts'
import { measureRelay, type RelayResult } from './relaying.ts'
import { interleave } from './rounds.ts'
import type { Server } from './servers/server.ts'

export type WorkerResult = RelayResult & { workers: number }

/** The Node that runs the workers: `BENCH_NODE`, or the current one. */
export const workersNode = process.env.BENCH_NODE ?? process.execPath

/** The reason why workers cannot run: `reusePort` needs Node 22.12. Undefined if they can. */
export function explainMissingWorkers(): string | undefined {
  const version = spawnSync(workersNode, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  if (hasReusePort(version.replace('v', ''))) return undefined
  return `Node ${version || 'of BENCH_NODE (not runnable)'} has no reusePort; set BENCH_NODE to Node 22.12 or later`
}

/** Measures without pinning, so the generator shares both cores with the server. */
export async function measureWorkers(
  scope: Scope,
  rounds: number,
  server: Server,
  each: RelayCase,
): Promise<WorkerResult[]> {
  const generator = new Generator(scope)
  const counts = [1, 2]
  const targets = new Map(
    await Promise.all(
      counts.map(async (count) => {
        const env = { DUET_TURN_WORKERS: String(count) }
        return [count, await server.start(scope, { node: workersNode, env })] as const
      }),
    ),
  )
  return interleave({ label: each.name, names: counts, rounds }, async (workers) => ({
    ...(await measureRelay(generator, server.name, targets.get(workers)!, each)),
    workers,
  }))
}
