import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { Peer } from '../../../client/webrtc/peerConnection.ts'
import type { ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { Bench, type Step } from './bench.ts'
import { complaint, judge, type Law, settle, unroll } from './judge.ts'
import { prompt } from './socket.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const one = (weight: number, step: Step): fc.WeightedArbitrary<Step> => ({ weight, arbitrary: fc.constant(step) })
const beat = (n: number): string => JSON.stringify({ type: 'beat', n, media: { microphone: false, camera: false, screen: false } })

const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('offer' as const, 'take offer' as const), restart: fc.boolean() }) },
  one(4, { do: 'take answer' }), one(4, { do: 'take candidate' }), one(1, { do: 'network' }), one(1, { do: 'stop' }), one(1, { do: 'fail' }),
  one(3, { do: 'arrive' }), one(1, { do: 'part' }), one(2, { do: 'open channel' }), one(1, { do: 'close channel' }),
  { weight: 2, arbitrary: fc.constantFrom(beat(1), beat(2), '{"type":"bye"}', 'noise').map((text): Step => ({ do: 'hear', text })) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('track' as const), kind: fc.constantFrom('camera' as const, 'microphone' as const), isOn: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constantFrom('connected' as const, 'disconnected' as const, 'failed' as const).map((state): Step => ({ do: 'path', state })) },
  { weight: 3, arbitrary: fc.constantFrom(500, 1_000, 2_000).map((milliseconds): Step => ({ do: 'pass', milliseconds })) },
)
/** `stopAt`: the call machine stops the actor while it hears this fact from it. */
interface Story { steps: Step[]; stopAt: number }
const story: fc.Arbitrary<Story> = fc.record({ steps: fc.array(step, { maxLength: 20 }), stopAt: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 8 }) }) })

const law = (Subject: typeof Peer): Law<Story> => async (scheduler, { steps, stopAt }) => {
  const bench = new Bench(scheduler, Subject, stopAt)
  scheduler.scheduleSequence(steps.map((each) => ({ label: JSON.stringify(each), builder: async () => bench.carryOut(each) })))
  await unroll(scheduler, () => bench.look())
  if (!bench.isStopped) bench.expectAllDone()
  bench.stop()
  if (!bench.isParting) bench.expectEnd()
  await unroll(scheduler, () => bench.look())
  bench.expectSilence()
  vi.advanceTimersByTime(10_000)
  await settle()
  bench.look()
  bench.expectEnd()
}

test('whatever a peer waits for, its orders are done one after the other, and a stop ends everything', () =>
  judge(story, law(Peer), 400))

test('a peer that is stopped while it says that the path is open waits for nothing more', async () => {
  vi.useFakeTimers()
  const bench = new Bench(prompt, Peer, 1)
  await settle()
  bench.carryOut({ do: 'path', state: 'connected' })
  expect(bench.facts).toEqual([{ type: 'path.opened' }])
  expect(vi.getTimerCount()).toBe(0)
})

test('a peer that is stopped by what a report tells passes no sample on', async () => {
  vi.useFakeTimers()
  const bench = new Bench(prompt, Peer, 3)
  await settle()
  bench.carryOut({ do: 'path', state: 'connected' })
  bench.carryOut({ do: 'arrive' })
  for (let report = 0; report < 20 && !bench.isStopped; report++) {
    vi.advanceTimersByTime(500)
    await settle()
  }
  expect(bench.facts.map(({ type }) => type)).toEqual(['path.opened', 'media.flowed', 'path.wavered'])
  bench.look()
})

/** Descriptions take it longer than candidates. */
class Hasty extends Peer {
  #late: ConnectionOrder | null = null

  override obey(order: ConnectionOrder): void {
    const isQuick = order.type === 'take.candidate'
    const [first, second] = isQuick ? [order, this.#late] : [this.#late, null]
    this.#late = isQuick ? null : order
    if (first) super.obey(first)
    if (second) super.obey(second)
  }
}

class Lingering extends Peer {
  override close(): void {
    setTimeout(() => super.close(), 500)
  }
}

class Thorough extends Peer {
  override close(): void {
    super.close()
    super.close()
  }
}

test.each([
  ['lets candidates overtake descriptions', Hasty, /before its description|a candidate of|orders/],
  ['goes on after the stop', Lingering, /after close|after the stop|closed once/],
  ['closes twice', Thorough, /closed once/],
] as const)('a peer that %s is found out', async (_, Subject, why) => {
  expect(await complaint(story, law(Subject))).toMatch(why)
})
