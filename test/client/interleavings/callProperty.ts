import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { peerConnectionActor } from '../../../client/webrtc/peerConnection.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { type Property, flushTasks, runScheduled } from './interleavingProperty.ts'
import { CallPair, type Step, type PartyIndex } from './callPair.ts'
import type { CallSubject } from './callHarness.ts'

const who = fc.constantFrom<PartyIndex>(0, 1)
/** Faults that a call must survive. */
const recoverableFaults: fc.WeightedArbitrary<Step>[] = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('track' as const), who, isOn: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(500, 1_000, 5_000, 20_000)
      .map((milliseconds): Step => ({ do: 'pass time', milliseconds })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('path' as const),
      who,
      state: fc.constantFrom('disconnected' as const, 'failed' as const),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'change tracks' as const,
        'change tracks' as const,
        'network' as const,
        'lose messages' as const,
        'stop receiving' as const,
        'recover' as const,
      ),
      who,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('lose signaling' as const, 'regain signaling' as const), who }),
  },
]
const sumPassedMs = (steps: Step[]): number =>
  steps.reduce((sum, step) => sum + (step.do === 'pass time' ? step.milliseconds : 0), 0)
/** Faults that may end a call. */
const fatalFaults: fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'fail' }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('hang up' as const, 'unauthenticated offer' as const), who }),
  },
]

/** Faults before the two sides are connected, and after. */
interface Scenario {
  early: Step[]
  late: Step[]
}

/**
 * Time limit for the recovery of a connected call once faults stop, in s. Two restarts, each after its cooldown (5 s) and
 * the polite delay (1.5 s), take 13 s. A lost message shows as a timeout of 15 s.
 */
const maxRecoverySeconds = timeouts.restartTimeoutMs / 1000 - 1
/** The same, if one restart times out before them. A few of 10,000 random schedules need that. */
export const maxSlowRecoverySeconds = timeouts.restartTimeoutMs / 1000 + maxRecoverySeconds

export const checkCalls =
  (subject: CallSubject, maxSeconds = maxRecoverySeconds): Property<Scenario> =>
  async (scheduler, { early, late }) => {
    const steps = [...early, ...late]
    const mayFail = steps.some((step) => step.do === 'fail')
    const mayEnd = mayFail || steps.some((step) => step.do === 'hang up' || step.do === 'unauthenticated offer')
    const pair = new CallPair(scheduler, subject)
    const check = (): void => pair.checkInvariants(mayFail)
    const live = async (part: Step[]): Promise<void> => {
      scheduler.scheduleSequence(
        part.map((each) => ({ label: JSON.stringify(each), builder: async () => pair.carryOut(each) })),
      )
      await runScheduled(scheduler, check)
    }
    /** Returns the seconds until both are at rest. */
    const rest = async (): Promise<number> => {
      pair.clearFaults()
      let seconds = 0
      for (; seconds < 200 && !pair.isAtRest; seconds++) {
        pair.rejectUnauthenticatedPeers()
        vi.advanceTimersByTime(1_000)
        await flushTasks()
        await runScheduled(scheduler, check)
      }
      return seconds
    }
    await live(early)
    await rest()
    await live(late)
    const seconds = await rest()
    const [one, other] = pair.harnesses
    expect(pair.isAtRest, `at rest: ${pair.stateText}`).toBe(true)
    if (!mayEnd) expect(one.isFlowing && other.isFlowing, `both connected: ${pair.stateText}`).toBe(true)
    if (!mayEnd) expect(seconds, 'seconds of recovery').toBeLessThanOrEqual(maxSeconds)
    pair.end()
    await runScheduled(scheduler, check)
  }

/** The product's code. */
export const realCall: CallSubject = { machine: callMachine, connect: peerConnectionActor }
/** No interruption lasts as long as `callLostTimeoutMs`. */
const createScenarios = (...step: fc.WeightedArbitrary<Step>[]): fc.Arbitrary<Scenario> => {
  const steps = fc
    .array(fc.oneof(...step), { maxLength: 7 })
    .filter((each) => sumPassedMs(each) < timeouts.callLostTimeoutMs / 2)
  return fc.record({ early: steps, late: steps })
}
export const recoverableScenarios = createScenarios(...recoverableFaults)
export const fatalScenarios = createScenarios(...recoverableFaults, ...fatalFaults)
