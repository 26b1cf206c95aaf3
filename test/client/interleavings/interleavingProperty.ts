import fc from 'fast-check'
import { vi } from 'vitest'

/**
 * Real asynchronous code, and whatever happens to it in any order: fast-check's scheduler says which answer, frame, command or
 * moment comes next. A failure prints seed, path and schedule. To see that one again and no other:
 *
 *     FC_SEED=-123 FC_PATH=4:0:1 npx vitest run --config test/vitest.config.ts test/client/interleavings/signaling.test.ts -t 'name'
 *
 * FC_RUNS=10000 (and --testTimeout 600000) looks longer.
 */
const { FC_SEED, FC_PATH, FC_RUNS } = process.env

const replayOptions: fc.Parameters<unknown> = {
  ...(FC_SEED && { seed: Number(FC_SEED) }),
  ...(FC_PATH && { path: FC_PATH, endOnFailure: true }),
}

const { setImmediate: realSetImmediate } = globalThis
/** Until nothing more follows from what has happened, but with time. */
export const flushTasks = (): Promise<void> => new Promise((resolve) => void realSetImmediate(resolve))

/** What happens next happens alone: whatever follows from it at once is over before the next. */
const createScheduler = (): fc.Arbitrary<fc.Scheduler> =>
  fc.scheduler({
    act: async (happen) => {
      await happen()
      await flushTasks()
    },
  })

/** A property of one schedule and one scenario. Throws where it does not hold. */
export type Property<T> = (scheduler: fc.Scheduler, scenario: T) => Promise<void>

const createProperty = <T>(scenario: fc.Arbitrary<T>, property: Property<T>) =>
  fc.asyncProperty(createScheduler(), scenario, async (scheduler, scenario) => {
    const rejections = recordUnhandledRejections()
    vi.useFakeTimers()
    // Jitter would make a failure impossible to see again.
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

/** What is wrong with a subject that has a planted fault, or null: then the property is blind to it. */
export async function findCounterexample<T>(
  scenario: fc.Arbitrary<T>,
  property: Property<T>,
  numRuns = 500,
): Promise<string | null> {
  const { failed, errorInstance } = await fc.check(createProperty(scenario, property), {
    numRuns,
    endOnFailure: true,
    seed: 1,
  })
  return failed ? String((errorInstance as Error).message) : null
}

/** Does everything in the order that the scheduler chooses, and looks after each. */
export async function runScheduled(scheduler: fc.Scheduler, check: () => void = () => undefined): Promise<void> {
  while (scheduler.count() > 0) {
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
      if (reasons.length > 0) throw new Error(`nobody handled: ${reasons.map(String).join(', ')}`)
    },
    stop(): void {
      process.off('unhandledRejection', note)
    },
  }
}
