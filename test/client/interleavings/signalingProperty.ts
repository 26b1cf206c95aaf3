import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { socketActor } from '../../../client/signaling/socketActor.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { type Property, flushTasks, runScheduled } from './interleavingProperty.ts'
import { FailingStore, RecordingRoomService } from './recordingServices.ts'
import { type Step, type SignalingSubject, SignalingHarness } from './signalingHarness.ts'

const one = <T extends Step>(weight: number, step: T): fc.WeightedArbitrary<Step> => ({
  weight,
  arbitrary: fc.constant<Step>(step),
})

const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 5, arbitrary: fc.boolean().map((isBack): Step => ({ do: 'join', isBack })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('flowing' as const, 'stopped' as const)
      .map((media): Step => ({ do: 'report media', mediaFlow: media })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('open' as const, 'open' as const, 'refuse' as const, 'silence' as const)
      .map((as): Step => ({ do: 'set accept mode', as })),
  },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(1, 300, 1_000, 4_000, 9_000)
      .map((milliseconds): Step => ({ do: 'pass time', milliseconds })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('throttle' as const, 'fail store' as const),
      calls: fc.integer({ min: 1, max: 3 }),
    }),
  },
  one(2, { do: 'leave' }),
  one(2, { do: 'rejoin' }),
  one(1, { do: 'relinquish' }),
  one(2, { do: 'change network' }),
  one(1, { do: 'close page' }),
  one(3, { do: 'cut' }),
  one(2, { do: 'freeze' }),
  one(4, { do: 'send' }),
  one(4, { do: 'send remotely' }),
  one(1, { do: 'drain' }),
  one(1, { do: 'dispose' }),
)
export const signalingScenarios = fc.array(step, { maxLength: 30 })

/** Longer than any timeout of signaling, calls and server. */
const restSeconds = 40

export const checkSignaling =
  (subject: SignalingSubject): Property<Step[]> =>
  async (scheduler, steps) => {
    const harness = new SignalingHarness(scheduler, subject)
    const { server: fixture } = harness
    const letPass = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        fixture.passTime(1_000)
        await flushTasks()
        await runScheduled(scheduler, () => harness.checkInvariants())
      }
      await harness.expectRest()
    }
    try {
      scheduler.scheduleSequence(
        steps.map((each) => ({ label: JSON.stringify(each), builder: () => harness.carryOut(each) })),
      )
      await runScheduled(scheduler, () => harness.checkInvariants())
      fixture.clearFaults()
      await letPass(restSeconds)
      // A connected socket carries messages.
      for (const each of ['send', 'send remotely'] as const) await harness.carryOut({ do: each })
      await letPass(5)
      harness.expectLastMessage()
      if (!harness.isDisposed) harness.dispose()
      await letPass(15)
      expect(vi.getTimerCount(), 'timers left').toBe(0)
    } finally {
      fixture.close()
      harness.actor.stop()
    }
  }

export const realSignaling: SignalingSubject = {
  machine: signalingMachine,
  createSocketActor: socketActor,
  Rooms: RecordingRoomService,
  Store: FailingStore,
}
