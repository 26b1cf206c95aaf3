import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { Peer } from '../../../client/webrtc/peerConnection.ts'
import type { PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import { PeerHarness, type Step } from './peerHarness.ts'
import { findCounterexample, assertProperty, type Property, flushTasks, runScheduled } from './interleavingProperty.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

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
const scenario: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(step, { maxLength: 20 }),
  stopAt: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }) }),
})

const checkPeer =
  (Subject: typeof Peer): Property<Scenario> =>
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

test('a peer runs its commands one after another, and a stop ends everything', () =>
  assertProperty(scenario, checkPeer(Peer), 400))

test('a peer stopped by its own transport.connected event leaves no timer', async () => {
  vi.useFakeTimers()
  const harness = new PeerHarness(immediateScheduler, Peer, 1)
  await flushTasks()
  harness.carryOut({ do: 'path', state: 'connected' })
  expect(harness.facts).toEqual([{ type: 'transport.connected' }])
  expect(vi.getTimerCount()).toBe(0)
})

test('a peer stopped by an event of a stats report passes no sample on', async () => {
  vi.useFakeTimers()
  const harness = new PeerHarness(immediateScheduler, Peer, 3)
  await flushTasks()
  harness.carryOut({ do: 'path', state: 'connected' })
  harness.carryOut({ do: 'receive packet' })
  for (let report = 0; report < 20 && !harness.isStopped; report++) {
    vi.advanceTimersByTime(500)
    await flushTasks()
  }
  expect(harness.facts.map(({ type }) => type)).toEqual([
    'transport.connected',
    'media.started',
    'transport.disconnected',
  ])
  harness.checkInvariants()
})

/** Handles candidates before descriptions. */
class PeerWithDelayedDescriptions extends Peer {
  #late: PeerConnectionCommand | null = null

  override execute(order: PeerConnectionCommand): void {
    const isQuick = order.type === 'addCandidate'
    const [first, second] = isQuick ? [order, this.#late] : [this.#late, null]
    this.#late = isQuick ? null : order
    if (first) super.execute(first)
    if (second) super.execute(second)
  }
}

class PeerClosingLate extends Peer {
  override close(): void {
    setTimeout(() => super.close(), 500)
  }
}

class PeerClosingTwice extends Peer {
  override close(): void {
    super.close()
    super.close()
  }
}

test.each([
  [
    'lets candidates overtake descriptions',
    PeerWithDelayedDescriptions,
    /before its description|a candidate has the ufrag|commands/,
  ],
  ['continues after the stop', PeerClosingLate, /after close|after the stop|closed once/],
  ['closes twice', PeerClosingTwice, /closed once/],
] as const)('the property finds a peer that %s', async (_, Subject, why) => {
  expect(await findCounterexample(scenario, checkPeer(Subject))).toMatch(why)
})
