import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { type Condition, conditions, type Contestant, contestants } from './conditions.ts'
import { measurePageWeight } from './pageWeight.ts'
import { createTables, findMissedAims, type Samples } from './report.ts'
import { SetupLab } from './setupLab.ts'
import { runTrial } from './trial.ts'

/** Measured rounds. A first round with cold caches is discarded. */
const defaultRounds = 10
/** Rounds end early, so that the benchmark takes at most 12 minutes. */
const roundsLimitMs = 11.5 * 60_000

/** Call setup time compared with the classic sequence. */
export const setup: Benchmark = {
  summary: 'from Join to video on both sides, compared with the classic sequence; size of the first load',
  help: [
    'Cases for --only, as CONDITION: CONTESTANT',
    ...conditions.map(({ name }) => `  ${name}`),
    `  each with ${contestants.join(', ')}`,
    'A condition has a ratio only if its classic page is measured, too.',
  ],
  limitMinutes: 12,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const start = performance.now()
    const lab = await SetupLab.open(scope)
    const weights = [await measurePageWeight(lab, '/'), await measurePageWeight(lab, '/r/bench-first-load')]
    const samples = conditions.flatMap((condition) => createSamples(condition, lab, only))
    let longestMs = 0
    for (let round = 0; round <= rounds; round++) {
      const startedAt = performance.now()
      if (startedAt + longestMs - start > roundsLimitMs) break
      for (const each of round % 2 ? samples : samples.toReversed()) await runOnce(lab, each, round)
      longestMs = Math.max(longestMs, performance.now() - startedAt)
      console.error(`round ${round} of ${rounds}, ${Math.round((performance.now() - start) / 1_000)} s`)
    }
    return {
      tables: createTables(samples, weights, lab.origins),
      data: { samples, weights },
      failures: findMissedAims(samples),
    }
  },
}

/** The cases of one condition that this build can run. The classic page has no admission. */
const createSamples = (condition: Condition, lab: SetupLab, only: string): Samples[] =>
  contestants
    .filter((contestant) => lab.origins[contestant] && !(contestant === 'classic' && condition.classicCondition))
    .filter((contestant) => `${condition.name}: ${contestant}`.includes(only))
    .map((contestant) => ({ condition, contestant, timelines: [], failures: [] }))

async function runOnce(
  lab: SetupLab,
  { condition, contestant, timelines, failures }: Samples,
  round: number,
): Promise<void> {
  try {
    const timeline = await runTrial(lab, { condition, contestant, url: roomUrl(lab, condition, contestant, round) })
    if (round > 0) timelines.push(timeline)
  } catch (error) {
    failures.push(`round ${round}: ${String((error as Error).message).split('\n')[0]}`)
    console.error(`  ${condition.name}, ${contestant}, ${failures.at(-1)}`)
  }
}

/** Each trial has a room of its own. */
const roomUrl = (lab: SetupLab, condition: Condition, contestant: Contestant, round: number): string =>
  `${lab.origins[contestant]}/r/bench-${round}-${conditions.indexOf(condition)}${condition.isRelayOnly ? '?relay=1' : ''}`
