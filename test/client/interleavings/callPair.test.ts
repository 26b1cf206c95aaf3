import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { fromCallback } from 'xstate'
import { connectionActor, Peer } from '../../../client/webrtc/peerConnection.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import type { PeerConnectionInput, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { findCounterexample, assertProperty, type Property, flushTasks, runScheduled } from './interleavingProperty.ts'
import { CallPair, type Step, type PartyIndex } from './callPair.ts'
import type { Connect, CallSubject } from './callHarness.ts'

vi.setConfig({ testTimeout: 120_000 })
afterEach(() => void vi.unstubAllGlobals())

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
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('network' as const, 'lose messages' as const, 'stop receiving' as const, 'recover' as const),
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
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hang up' as const), who }) },
]

/** Faults before the two sides are connected, and after. */
interface Scenario {
  early: Step[]
  late: Step[]
}

const checkCalls =
  (subject: CallSubject): Property<Scenario> =>
  async (scheduler, { early, late }) => {
    const steps = [...early, ...late]
    const mayFail = steps.some((step) => step.do === 'fail')
    const mayEnd = mayFail || steps.some((step) => step.do === 'hang up')
    const pair = new CallPair(scheduler, subject)
    const check = (): void => pair.checkInvariants(mayFail)
    const live = async (part: Step[]): Promise<void> => {
      scheduler.scheduleSequence(
        part.map((each) => ({ label: JSON.stringify(each), builder: async () => pair.carryOut(each) })),
      )
      await runScheduled(scheduler, check)
    }
    const rest = async (): Promise<void> => {
      pair.clearFaults()
      for (let second = 0; second < 200 && !pair.isAtRest; second++) {
        vi.advanceTimersByTime(1_000)
        await flushTasks()
        await runScheduled(scheduler, check)
      }
    }
    await live(early)
    await rest()
    await live(late)
    await rest()
    const [one, other] = pair.harnesses
    expect(pair.isAtRest, `at rest: ${pair.stateText}`).toBe(true)
    if (!mayEnd) expect(one.isFlowing && other.isFlowing, `both connected: ${pair.stateText}`).toBe(true)
    pair.end()
    await runScheduled(scheduler, check)
  }

const real: CallSubject = { machine: callMachine, connect: connectionActor }
/** No interruption lasts as long as `callLostTimeoutMs`. */
const createScenarios = (...step: fc.WeightedArbitrary<Step>[]): fc.Arbitrary<Scenario> => {
  const steps = fc
    .array(fc.oneof(...step), { maxLength: 7 })
    .filter((each) => sumPassedMs(each) < timeouts.callLostTimeoutMs / 2)
  return fc.record({ early: steps, late: steps })
}
const recoverableScenarios = createScenarios(...recoverableFaults)
const fatalScenarios = createScenarios(...recoverableFaults, ...fatalFaults)

test('two calls connect in every order without an API violation', () =>
  assertProperty(recoverableScenarios, checkCalls(real), 80))
test('two calls come to rest after any fault and leave no connection open', () =>
  assertProperty(fatalScenarios, checkCalls(real), 120))

/** Delivers candidates before descriptions. */
const connectWithDelayedDescriptions: Connect = (parts) =>
  fromCallback<PeerConnectionCommand, PeerConnectionInput>(({ input, receive, sendBack }) => {
    const peer = new Peer(parts, input, sendBack)
    receive((order) => {
      if (order.type === 'addCandidate') peer.execute(order)
      else void parts.waitForDevices().then(() => peer.execute(order))
    })
    return () => peer.close()
  })

/** Leaves connections open. */
const connectWithoutClose: Connect = (parts) =>
  fromCallback<PeerConnectionCommand, PeerConnectionInput>(({ input, receive, sendBack }) => {
    const peer = new Peer(parts, input, sendBack)
    receive((order) => peer.execute(order))
  })

const callWithoutRestart = callMachine.provide({ guards: { canRestart: () => false } }) as typeof callMachine
const callWithGuard = (guard: 'isForCurrentIce' | 'isNewConnection', answer: boolean) =>
  callMachine.provide({ guards: { [guard]: () => answer } }) as typeof callMachine

test.each<[string, Partial<CallSubject>, RegExp]>([
  ['applies candidates of any ICE generation', { machine: callWithGuard('isForCurrentIce', true) }, /a candidate /],
  ['treats a new connection as the old one', { machine: callWithGuard('isNewConnection', false) }, /./],
  ['never restarts ICE', { machine: callWithoutRestart }, /both connected|at rest/],
  [
    'lets candidates overtake descriptions',
    { connect: connectWithDelayedDescriptions },
    /a candidate arrived before its description/,
  ],
  ['leaves connections open', { connect: connectWithoutClose }, /open/],
])('the property finds a call that %s', async (_, fault, why) => {
  expect(await findCounterexample(recoverableScenarios, checkCalls({ ...real, ...fault }))).toMatch(why)
})
