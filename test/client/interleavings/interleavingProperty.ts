import fc from 'fast-check'
import { vi } from 'vitest'

/**
 * Runs real asynchronous code in random orders. fast-check's scheduler picks the next response, frame, command or timer.
 * A failure prints seed, path and schedule. To replay only that failure:
 *
 *     FC_SEED=-123 FC_PATH=4:0:1 npx vitest run --config test/vitest.config.ts \
 *       test/client/interleavings/signaling.test.ts -t 'name'
 *
 * FC_RUNS=10000 (with --testTimeout 600000) runs more schedules.
 */
const { FC_SEED, FC_PATH, FC_RUNS } = process.env

const replayOptions: fc.Parameters<unknown> = {
  ...(FC_SEED && { seed: Number(FC_SEED) }),
  ...(FC_PATH && { path: FC_PATH, endOnFailure: true }),
}

const { setImmediate: realSetImmediate } = globalThis
/** Resolves when all tasks have run that need no time to pass. */
export const flushTasks = (): Promise<void> => new Promise((resolve) => void realSetImmediate(resolve))

/** Creates a scheduler that runs one step at a time, with all its immediate effects. */
const createScheduler = (): fc.Arbitrary<fc.Scheduler> =>
  fc.scheduler({
    act: async (happen) => {
      await happen()
      await flushTasks()
    },
  })

/** A property of one schedule and one scenario. It throws if it does not hold. */
export type Property<T> = (scheduler: fc.Scheduler, scenario: T) => Promise<void>

const createProperty = <T>(scenario: fc.Arbitrary<T>, property: Property<T>) =>
  fc.asyncProperty(createScheduler(), scenario, async (scheduler, scenario) => {
    const rejections = recordUnhandledRejections()
    vi.useFakeTimers()
    // Random jitter would make a failure irreproducible.
    const chance = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    try {
      await property(scheduler, scenario)
      await flushTasks()
      rejections.expectNone()
    } finally {
      rejections.stop()
      chance.mockRestore()
      vi.useRealTimers()
    }
  })

export async function assertProperty<T>(
  scenario: fc.Arbitrary<T>,
  property: Property<T>,
  numRuns: number,
): Promise<void> {
  await fc.assert(createProperty(scenario, property), { numRuns: Number(FC_RUNS ?? numRuns), ...replayOptions })
}

/** The failure of a property, and the number of runs that found it. */
export interface Counterexample {
  why: string
  runs: number
}

/** Returns the failure for a subject with a planted fault; null if the property misses the fault in `numRuns` runs. */
export async function findCounterexample<T>(
  scenario: fc.Arbitrary<T>,
  property: Property<T>,
  numRuns: number,
): Promise<Counterexample | null> {
  const options = { numRuns, endOnFailure: true, seed: 1 }
  const { failed, errorInstance, numRuns: runs } = await fc.check(createProperty(scenario, property), options)
  return failed ? { why: String((errorInstance as Error).message), runs } : null
}

/** Tasks after which an exchange without passing time counts as endless. The longest one of the real code has 130. */
const maxTasks = 1_500

/**
 * Runs all tasks in the order of the scheduler, with a check after each.
 * @throws {Error} if the tasks never end
 */
export async function runScheduled(scheduler: fc.Scheduler, check: () => void = () => undefined): Promise<void> {
  for (let task = 0; scheduler.count() > 0; task++) {
    if (task === maxTasks) throw new Error('the tasks never end')
    await scheduler.waitOne()
    check()
  }
}

function recordUnhandledRejections() {
  const reasons: unknown[] = []
  const note = (reason: unknown): void => void reasons.push(reason)
  process.on('unhandledRejection', note)
  return {
    expectNone(): void {
      if (reasons.length > 0) throw new Error(`unhandled rejections: ${reasons.map(String).join(', ')}`)
    },
    stop(): void {
      process.off('unhandledRejection', note)
    },
  }
}
