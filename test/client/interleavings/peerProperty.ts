import fc from 'fast-check'
import { vi } from 'vitest'
import type { PeerConnection } from '../../../client/webrtc/peerConnection.ts'
import { PeerHarness, type Step } from './peerHarness.ts'
import { type Property, flushTasks, runScheduled } from './interleavingProperty.ts'

const one = (weight: number, step: Step): fc.WeightedArbitrary<Step> => ({ weight, arbitrary: fc.constant(step) })
const createHeartbeat = (seq: number): string =>
  JSON.stringify({ type: 'heartbeat', seq, media: { microphone: false, camera: false, screen: false } })

const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('offer' as const, 'apply offer' as const), restart: fc.boolean() }),
  },
  one(4, { do: 'apply answer' }),
  one(4, { do: 'add candidate' }),
  one(1, { do: 'network' }),
  one(1, { do: 'stop' }),
  one(1, { do: 'fail' }),
  one(3, { do: 'receive packet' }),
  one(1, { do: 'hang up' }),
  one(2, { do: 'open channel' }),
  one(1, { do: 'close channel' }),
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(createHeartbeat(1), createHeartbeat(2), '{"type":"hangup"}', 'noise')
      .map((text): Step => ({ do: 'receive text', text })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      kind: fc.constantFrom('camera' as const, 'microphone' as const),
      isOn: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('connected' as const, 'disconnected' as const, 'failed' as const)
      .map((state): Step => ({ do: 'path', state })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(500, 1_000, 2_000).map((milliseconds): Step => ({ do: 'pass time', milliseconds })),
  },
)
/** `stopAt`: the number of the event at which the call machine stops the actor. */
interface Scenario {
  steps: Step[]
  stopAt: number
}
export const peerScenarios: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(step, { maxLength: 20 }),
  stopAt: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }) }),
})

export const checkPeer =
  (Subject: typeof PeerConnection): Property<Scenario> =>
  async (scheduler, { steps, stopAt }) => {
    const harness = new PeerHarness(scheduler, Subject, stopAt)
    scheduler.scheduleSequence(
      steps.map((each) => ({ label: JSON.stringify(each), builder: async () => harness.carryOut(each) })),
    )
    await runScheduled(scheduler, () => harness.checkInvariants())
    if (!harness.isStopped) harness.expectCommandsDone()
    harness.stop()
    if (!harness.hasHungUp) harness.expectEnd()
    await runScheduled(scheduler, () => harness.checkInvariants())
    harness.expectNothingSent()
    vi.advanceTimersByTime(10_000)
    await flushTasks()
    harness.checkInvariants()
    harness.expectEnd()
  }
