import fc from 'fast-check'
import { vi } from 'vitest'

/**
 * Real asynchronous code, and whatever happens to it in any order: fast-check's scheduler says which answer, frame, command or
 * moment comes next. A failure prints seed, path and schedule. To see that one again and no other:
 *
 *     FC_SEED=-123 FC_PATH=4:0:1 npx vitest run --config test/vitest.config.ts test/client/interleavings/link.test.ts -t 'name'
 *
 * FC_RUNS=10000 (and --testTimeout 600000) looks longer.
 */
const { FC_SEED, FC_PATH, FC_RUNS } = process.env

const given: fc.Parameters<unknown> = {
  ...(FC_SEED && { seed: Number(FC_SEED) }),
  ...(FC_PATH && { path: FC_PATH, endOnFailure: true }),
}

const { setImmediate: turn } = globalThis
/** Until nothing more follows from what has happened, but with time. */
export const settle = (): Promise<void> => new Promise((resolve) => void turn(resolve))

/** What happens next happens alone: whatever follows from it at once is over before the next. */
const order = (): fc.Arbitrary<fc.Scheduler> => fc.scheduler({
  act: async (happen) => {
    await happen()
    await settle()
  },
})

/** A property of one schedule and one story. Throws where it does not hold. */
export type Law<T> = (scheduler: fc.Scheduler, story: T) => Promise<void>

const property = <T>(story: fc.Arbitrary<T>, law: Law<T>) =>
  fc.asyncProperty(order(), story, async (scheduler, told) => {
    const lost = watchRejections()
    vi.useFakeTimers()
    // Jitter would make a failure impossible to see again.
    const chance = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    try {
      await law(scheduler, told)
      await settle()
      lost.expectNone()
    } finally {
      lost.stop()
      chance.mockRestore()
      vi.useRealTimers()
    }
  })

export async function judge<T>(story: fc.Arbitrary<T>, law: Law<T>, numRuns: number): Promise<void> {
  await fc.assert(property(story, law), { numRuns: Number(FC_RUNS ?? numRuns), ...given })
}

/** What is wrong with a subject that has a planted fault, or null: then the property is blind to it. */
export async function complaint<T>(story: fc.Arbitrary<T>, law: Law<T>, numRuns = 500): Promise<string | null> {
  const { failed, errorInstance } = await fc.check(property(story, law), { numRuns, endOnFailure: true, seed: 1 })
  return failed ? String((errorInstance as Error).message) : null
}

/** Does everything in the order that the scheduler chooses, and looks after each. */
export async function unroll(scheduler: fc.Scheduler, look: () => void = () => undefined): Promise<void> {
  while (scheduler.count() > 0) {
    await scheduler.waitOne()
    look()
  }
}

function watchRejections() {
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
