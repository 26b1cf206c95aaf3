import fc from 'fast-check'
import { initialTransition, transition } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { betterSamples, type Cause, quality, type QualityFact, type Sample, worseSamples } from '../../../machines/status/qualityMachine.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, facts, perfect, type Quality, sampled } from './qualityMachine.graph.ts'

type QualityStep = Step<typeof quality>

const order = ['good', 'fair', 'poor']
const rank = ({ value }: Quality): number => order.indexOf(value as string)
const isKnown = ({ value }: Quality): boolean => value !== 'unknown'

const invariants: Invariants<typeof quality> = {
  'it gets worse after a few bad samples in a row only': ({ before, after }) =>
    !(isKnown(before) && rank(after) > rank(before)) || (after.context.row.bad === worseSamples && (rank(after) < 2 || after.context.row.poor === worseSamples)),
  'it gets better after more good ones only': ({ before, after }) =>
    !(isKnown(after) && rank(after) < rank(before)) || after.context.row.better === betterSamples,
  'a few bad ones are enough, whatever was before': ({ after }) =>
    (after.context.row.bad < worseSamples || rank(after) > 0) && (after.context.row.poor < worseSamples || rank(after) === 2),
  'a cause is named where something is wrong, and nowhere else': ({ after }) =>
    (rank(after) > 0 || after.context.cause === null || !isKnown(after))
      && (after.context.run.length < worseSamples || after.context.run.cause === null || after.context.cause === after.context.run.cause),
  'of a way that is gone nothing is known': ({ event, after }) =>
    event.type !== 'path.lost' || (!isKnown(after) && after.context.sample === null && after.context.cause === null),
}

describe('how good a way is', () => {
  let steps: QualityStep[]
  beforeAll(() => { steps = [...everyStep(quality, exploration)] })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

const after = (events: readonly QualityFact[], from: Quality = initialTransition(quality)[0]): Quality =>
  events.reduce((snapshot, event) => transition(quality, snapshot, event)[0], from)
const times = (count: number, event: QualityFact): QualityFact[] => Array.from({ length: count }, () => event)
const good = after(times(worseSamples, sampled()))

/** The level after each sample that it was another before. */
const changes = (samples: readonly Sample[], from: Quality): string[] => {
  let snapshot = from
  return samples.flatMap((sample) => {
    const before = snapshot.value
    snapshot = after([{ type: 'sample.taken', sample }], snapshot)
    return snapshot.value === before ? [] : [snapshot.value as string]
  })
}

const borders: [metric: keyof Sample, bound: number, below: number, above: number][] = [
  ['lossIn', 0.03, 0.022, 0.06], ['lossOut', 0.1, 0.072, 0.5], ['roundTrip', 300, 215, 500], ['jitter', 120, 85, 500], ['frozen', 0.1, 0.072, 0.9], ['squeeze', 0.5, 0.36, 0.59],
]

test.each(borders)('%s that wavers about its border of %d changes the word once at most', (metric, _, below, above) => {
  const values = fc.array(fc.double({ min: below, max: above, noNaN: true }), { maxLength: 200 })
  // Where the border is one between bad and worse, it is bad before.
  fc.assert(fc.property(values, (wavering) => {
    const samples = wavering.map((value) => ({ ...perfect, [metric]: value }))
    const before = after(times(worseSamples, sampled({ [metric]: below * 1.001 })), good)
    expect(changes(samples, before).length).toBeLessThanOrEqual(1)
  }))
})

test('whatever is measured, the word does not get worse twice within a few samples, nor better', () => {
  const measured = fc.array(fc.constantFrom(...facts.slice(0, -1)), { minLength: 1, maxLength: 120 })
  fc.assert(fc.property(measured, (events) => {
    let [snapshot, last] = [good, -betterSamples]
    events.forEach((event, at) => {
      const before = rank(snapshot)
      snapshot = after([event], snapshot)
      if (rank(snapshot) < before) {
        expect(at - last).toBeGreaterThanOrEqual(Math.min(betterSamples, at + 1))
        expect(events.slice(Math.max(0, at - 2), at + 1)).not.toContainEqual(facts[4])
      }
      if (rank(snapshot) !== before) last = at
    })
  }))
})

test('one bad second, or two, are not worth a word', () => {
  for (const bad of facts.slice(2, -1)) expect(after([...times(worseSamples - 1, bad), sampled(), ...times(worseSamples - 1, bad)], good).value).toBe('good')
})

test('what cannot be measured does not count', () => {
  const unseen: Sample = { lossIn: null, lossOut: null, roundTrip: null, jitter: null, frozen: null, squeeze: null }
  expect(after(times(worseSamples, { type: 'sample.taken', sample: unseen })).value).toBe('good')
})

test.each<[Partial<Sample>, string, Cause]>([
  [{ lossIn: 0.05 }, 'fair', 'in'], [{ jitter: 200 }, 'poor', 'in'], [{ frozen: 0.9 }, 'fair', 'in'],
  [{ lossOut: 0.2 }, 'poor', 'out'], [{ squeeze: 0.6 }, 'fair', 'out'],
  [{ lossIn: 0.2, lossOut: 0.2 }, 'poor', 'both'], [{ roundTrip: 900 }, 'poor', 'far'], [{ roundTrip: 900, lossIn: 0.2 }, 'poor', 'in'],
])('%o is %s, by "%s"', (change, value, cause) => {
  expect(after(times(worseSamples, sampled(change)), good)).toMatchObject({ value, context: { cause } })
})

/** Qualities that are wrong in one point: each must be noticed, by the invariant that was meant for it. */
describe('a broken quality is noticed', () => {
  const withGuards = (guards: Record<string, (given: { context: Quality['context'] }) => boolean>): typeof quality => quality.provide({ guards } as never) as typeof quality
  const withActions = (actions: object): typeof quality => quality.provide({ actions } as never) as typeof quality

  const broken: [what: string, machine: typeof quality, invariant: string][] = [
    ['which takes one bad sample for many', withGuards({ isBad: ({ context }) => context.row.bad > 0 }), 'it gets worse after a few bad samples in a row only'],
    ['which takes one good sample for many', withGuards({ isBetter: ({ context }) => context.row.better > 0 }), 'it gets better after more good ones only'],
    ['which never gets worse', withGuards({ isPoor: () => false }), 'a few bad ones are enough, whatever was before'],
    ['which keeps the cause of what is over', withActions({ forgetCause: () => undefined }), 'a cause is named where something is wrong, and nowhere else'],
    ['which remembers a way that is gone', withActions({ forget: () => undefined }), 'of a way that is gone nothing is known'],
  ]

  test.each(broken)('%s', (_, machine, invariant) => {
    expect(breaks(machine, exploration, invariants[invariant]!)).toBe(true)
  })

  test('and every invariant has a quality that breaks it', () => {
    expect(Object.keys(invariants).filter((name) => !broken.some(([, , invariant]) => invariant === name))).toEqual([])
  })
})
