import fc from 'fast-check'
import { initialTransition, transition } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  samplesToImprove,
  type QualityCause,
  qualityMachine,
  type QualityEvent,
  type QualitySample,
  samplesToWorsen,
} from '../../../machines/status/qualityMachine.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, facts, perfect, type Quality, sampled } from './qualityMachine.graph.ts'

type QualityStep = Step<typeof qualityMachine>

const order = ['good', 'fair', 'poor']
const rank = ({ value }: Quality): number => order.indexOf(value as string)
const isKnown = ({ value }: Quality): boolean => value !== 'unknown'

const invariants: Invariants<typeof qualityMachine> = {
  'the level worsens only after consecutive bad samples': ({ before, after }) =>
    !(isKnown(before) && rank(after) > rank(before)) ||
    (after.context.consecutiveSamples.fairOrPoor === samplesToWorsen &&
      (rank(after) < 2 || after.context.consecutiveSamples.poor === samplesToWorsen)),
  'the level improves only after more consecutive good samples': ({ before, after }) =>
    !(isKnown(after) && rank(after) < rank(before)) ||
    after.context.consecutiveSamples.betterThanPoor === samplesToImprove,
  'consecutive bad samples always worsen the level': ({ after }) =>
    (after.context.consecutiveSamples.fairOrPoor < samplesToWorsen || rank(after) > 0) &&
    (after.context.consecutiveSamples.poor < samplesToWorsen || rank(after) === 2),
  'a cause is set exactly when the level is not good': ({ after }) =>
    (rank(after) > 0 || after.context.cause === null || !isKnown(after)) &&
    (after.context.causeRun.length < samplesToWorsen ||
      after.context.causeRun.cause === null ||
      after.context.cause === after.context.causeRun.cause),
  'transport.lost clears the level, the sample and the cause': ({ event, after }) =>
    event.type !== 'transport.lost' ||
    (!isKnown(after) && after.context.sample === null && after.context.cause === null),
}

describe('the quality machine', () => {
  let steps: QualityStep[]
  beforeAll(() => {
    steps = [...everyStep(qualityMachine, exploration)]
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

const after = (events: readonly QualityEvent[], from: Quality = initialTransition(qualityMachine)[0]): Quality =>
  events.reduce((snapshot, event) => transition(qualityMachine, snapshot, event)[0], from)
const times = (count: number, event: QualityEvent): QualityEvent[] => Array.from({ length: count }, () => event)
const good = after(times(samplesToWorsen, sampled()))

/** The level after each sample that changed it. */
const changes = (samples: readonly QualitySample[], from: Quality): string[] => {
  let snapshot = from
  return samples.flatMap((sample) => {
    const before = snapshot.value
    snapshot = after([{ type: 'sample.taken', sample }], snapshot)
    return snapshot.value === before ? [] : [snapshot.value as string]
  })
}

const borders: [metric: keyof QualitySample, bound: number, below: number, above: number][] = [
  ['inboundLossRatio', 0.03, 0.022, 0.06],
  ['outboundLossRatio', 0.1, 0.072, 0.5],
  ['roundTripMs', 300, 215, 500],
  ['jitterMs', 120, 85, 500],
  ['freezeRatio', 0.1, 0.072, 0.9],
  ['uplinkShortfall', 0.5, 0.36, 0.59],
]

test.each(borders)('%s around its threshold of %d changes the level once at most', (metric, _, below, above) => {
  const values = fc.array(fc.double({ min: below, max: above, noNaN: true }), { maxLength: 200 })
  // At the threshold between fair and poor the level is fair before.
  fc.assert(
    fc.property(values, (wavering) => {
      const samples = wavering.map((value) => ({ ...perfect, [metric]: value }))
      const before = after(times(samplesToWorsen, sampled({ [metric]: below * 1.001 })), good)
      expect(changes(samples, before).length).toBeLessThanOrEqual(1)
    }),
  )
})

test('the level does not worsen or improve twice within a few samples', () => {
  const measured = fc.array(fc.constantFrom(...facts.slice(0, -1)), { minLength: 1, maxLength: 120 })
  fc.assert(
    fc.property(measured, (events) => {
      let [snapshot, last] = [good, -samplesToImprove]
      events.forEach((event, at) => {
        const before = rank(snapshot)
        snapshot = after([event], snapshot)
        if (rank(snapshot) < before) {
          expect(at - last).toBeGreaterThanOrEqual(Math.min(samplesToImprove, at + 1))
          expect(events.slice(Math.max(0, at - 2), at + 1)).not.toContainEqual(facts[4])
        }
        if (rank(snapshot) !== before) last = at
      })
    }),
  )
})

test('one or two bad seconds do not change the level', () => {
  for (const bad of facts.slice(2, -1))
    expect(after([...times(samplesToWorsen - 1, bad), sampled(), ...times(samplesToWorsen - 1, bad)], good).value).toBe(
      'good',
    )
})

test('metrics without a value do not count', () => {
  const unseen: QualitySample = {
    inboundLossRatio: null,
    outboundLossRatio: null,
    roundTripMs: null,
    jitterMs: null,
    freezeRatio: null,
    uplinkShortfall: null,
  }
  expect(after(times(samplesToWorsen, { type: 'sample.taken', sample: unseen })).value).toBe('good')
})

test.each<[Partial<QualitySample>, string, QualityCause]>([
  [{ inboundLossRatio: 0.05 }, 'fair', 'inbound'],
  [{ jitterMs: 200 }, 'poor', 'inbound'],
  [{ freezeRatio: 0.9 }, 'fair', 'inbound'],
  [{ outboundLossRatio: 0.2 }, 'poor', 'outbound'],
  [{ uplinkShortfall: 0.6 }, 'fair', 'outbound'],
  [{ inboundLossRatio: 0.2, outboundLossRatio: 0.2 }, 'poor', 'both'],
  [{ roundTripMs: 900 }, 'poor', 'latency'],
  [{ roundTripMs: 900, inboundLossRatio: 0.2 }, 'poor', 'inbound'],
])('%o is %s, by "%s"', (change, value, cause) => {
  expect(after(times(samplesToWorsen, sampled(change)), good)).toMatchObject({ value, context: { cause } })
})

/** Each machine has one fault; the invariant meant for it must detect the fault. */
describe('the invariants detect a quality machine that', () => {
  const withGuards = (
    guards: Record<string, (given: { context: Quality['context'] }) => boolean>,
  ): typeof qualityMachine => qualityMachine.provide({ guards } as never) as typeof qualityMachine
  const withActions = (actions: object): typeof qualityMachine =>
    qualityMachine.provide({ actions } as never) as typeof qualityMachine

  const broken: [what: string, machine: typeof qualityMachine, invariant: string][] = [
    [
      'treats one bad sample as many',
      withGuards({ isFairOrPoor: ({ context }) => context.consecutiveSamples.fairOrPoor > 0 }),
      'the level worsens only after consecutive bad samples',
    ],
    [
      'treats one good sample as many',
      withGuards({ isBetterThanPoor: ({ context }) => context.consecutiveSamples.betterThanPoor > 0 }),
      'the level improves only after more consecutive good samples',
    ],
    ['never gets worse', withGuards({ isPoor: () => false }), 'consecutive bad samples always worsen the level'],
    [
      'keeps the cause of a past problem',
      withActions({ clearCause: () => undefined }),
      'a cause is set exactly when the level is not good',
    ],
    [
      'keeps the level of a lost transport',
      withActions({ reset: () => undefined }),
      'transport.lost clears the level, the sample and the cause',
    ],
  ]

  test.each(broken)('%s', (_, machine, invariant) => {
    expect(breaks(machine, [exploration], invariants[invariant]!)).toBe(true)
  })

  test('every invariant is broken by one of these quality machines', () => {
    expect(Object.keys(invariants).filter((name) => !broken.some(([, , invariant]) => invariant === name))).toEqual([])
  })
})
