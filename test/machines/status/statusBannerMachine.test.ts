import { createActor, createMachine, SimulatedClock } from 'xstate'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { notice, type NoticeFact, type Trouble } from '../../../machines/status/statusBannerMachine.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, facts, type Notice } from './statusBannerMachine.graph.ts'

type NoticeStep = Step<typeof notice>

const troubles: readonly Trouble[] = ['path', 'peer', 'link']
const said = (snapshot: Notice): Trouble[] => troubles.filter((trouble) => snapshot.hasTag(trouble))
const begins = ({ before, after }: NoticeStep): Trouble[] => said(after).filter((trouble) => !before.hasTag(trouble))
const ends = ({ before, after }: NoticeStep): Trouble[] => said(before).filter((trouble) => !after.hasTag(trouble))
const waited = ({ event }: NoticeStep): boolean => event.type.startsWith('xstate.after.')

const isOfPage = (event: NoticeFact): boolean => event.type === 'peer.renewed' || (event.type === 'peer.away' && event.closes)

const endings: Record<Trouble, (step: NoticeStep) => boolean> = {
  path: ({ event }) => event.type === 'call.ended',
  peer: ({ event }) => event.type === 'call.ended' || event.type === 'peer.left',
  // Something is said all the same.
  link: ({ after }) => after.hasTag('path'),
}

const invariants: Invariants<typeof notice> = {
  'nothing is said before a wait is over, except that the other side closed their page, or has a new one': (step) =>
    begins(step).every((trouble) => waited(step) || (trouble === 'peer' && isOfPage(step.event))),
  'that they closed their page, or have a new one, is said at once': ({ event, after }) => !isOfPage(event) || after.hasTag('peer'),
  'what is said stays for a moment after it is over, unless there is nothing left to say it of': (step) =>
    ends(step).every((trouble) => waited(step) || endings[trouble](step)),
  'one trouble does not touch the others': ({ before, event, after }) => {
    const [source] = event.type.split('.')
    const moved = troubles.filter((trouble) => before.value[trouble] !== after.value[trouble])
    return event.type.startsWith('xstate.') ? moved.length <= 1 : moved.every((trouble) => trouble === source || (trouble === 'peer' && before.matches({ peer: 'returning' })) || source === 'call')
  },
  'without a call no way is missed': ({ event, after }) => event.type !== 'call.ended' || after.matches({ path: 'fine' }),
}

describe('what is worth a word', () => {
  let steps: NoticeStep[]
  beforeAll(() => { steps = [...everyStep(notice, exploration)] })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

/** One that hears facts on a clock of its own. */
function start() {
  const clock = new SimulatedClock()
  const actor = createActor(notice, { clock }).start()
  return { clock, hear: (fact: NoticeFact) => actor.send(fact), says: () => said(actor.getSnapshot()) }
}

describe('in time', () => {
  const lost: Record<Trouble, [NoticeFact, NoticeFact, number]> = {
    path: [{ type: 'path.lost' }, { type: 'path.mended' }, timers.pathShown],
    peer: [{ type: 'peer.away', closes: false }, { type: 'peer.back' }, timers.awayShown],
    link: [{ type: 'link.lost' }, { type: 'link.mended' }, timers.linkShown],
  }

  test.each(Object.entries(lost))('trouble with the %s is said after its wait, and for a moment longer than it lasts', (trouble, [begun, over, wait]) => {
    const { clock, hear, says } = start()
    hear(begun)
    clock.increment(wait - 1)
    expect(says()).toEqual([])
    clock.increment(1)
    expect(says()).toEqual([trouble])
    hear(over)
    clock.increment(timers.noticeKept - 1)
    expect(says()).toEqual([trouble])
    clock.increment(1)
    expect(says()).toEqual([])
  })

  test.each(Object.entries(lost))('trouble with the %s that is over before says nothing, however often it comes', (_, [begun, over, wait]) => {
    const { clock, hear, says } = start()
    for (let time = 0; time < 5; time++) {
      hear(begun)
      clock.increment(wait - 1)
      hear(over)
      clock.increment(1)
      expect(says()).toEqual([])
    }
  })

  test('four seconds without a way show nothing, though it takes a moment to notice that it is back', () => {
    const { clock, hear, says } = start()
    hear({ type: 'path.lost' })
    clock.increment(4_000)
    hear({ type: 'path.mended' })
    clock.increment(60_000)
    expect(says()).toEqual([])
  })

  test('a wait goes on where the trouble is told of again', () => {
    const { clock, hear, says } = start()
    hear({ type: 'path.lost' })
    clock.increment(timers.pathShown - 1)
    hear({ type: 'path.lost' })
    clock.increment(1)
    expect(says()).toEqual(['path'])
  })

  test('a page that is loaded anew is missed at once, until the call flows again', () => {
    const { clock, hear, says } = start()
    hear({ type: 'peer.away', closes: true })
    expect(says()).toEqual(['peer'])
    hear({ type: 'peer.back' })
    hear({ type: 'path.lost' })
    clock.increment(timers.noticeKept + 1)
    expect(says()).toEqual(['peer'])
    hear({ type: 'path.mended' })
    clock.increment(timers.noticeKept)
    expect(says()).toEqual([])
  })

  test('a page that was loaded anew while nobody had time to miss it is told of at once, until the call flows again', () => {
    const { clock, hear, says } = start()
    hear({ type: 'peer.away', closes: false })
    hear({ type: 'peer.renewed' })
    expect(says()).toEqual(['peer'])
    hear({ type: 'path.mended' })
    clock.increment(timers.noticeKept - 1)
    expect(says()).toEqual(['peer'])
    clock.increment(1)
    expect(says()).toEqual([])
  })

  test('a page that came back without a call is not missed for ever', () => {
    const { clock, hear, says } = start()
    hear({ type: 'peer.away', closes: true })
    hear({ type: 'peer.back' })
    clock.increment(timers.returnPatience)
    clock.increment(timers.noticeKept)
    expect(says()).toEqual([])
  })
})

test('whatever happens, no word is shorter than its moment while its call and its room last', () => {
  const lasting = facts.filter(({ type }) => type !== 'call.ended' && type !== 'peer.left')
  const history = fc.array(fc.record({ fact: fc.constantFrom(...lasting), pause: fc.integer({ min: 0, max: 6_000 }) }), { maxLength: 40 })
  fc.assert(fc.property(history, (events) => {
    const { clock, hear, says } = start()
    const since = new Map<Trouble, number>()
    const look = (): void => {
      for (const trouble of troubles) {
        const isSaid = says().includes(trouble)
        const began = since.get(trouble)
        if (isSaid && began === undefined) since.set(trouble, clock.now())
        if (isSaid || began === undefined) continue
        since.delete(trouble)
        if (trouble !== 'link' || !says().includes('path')) expect(clock.now() - began).toBeGreaterThanOrEqual(timers.noticeKept)
      }
    }
    for (const { fact, pause } of events) {
      hear(fact)
      look()
      for (let passed = 0; passed < pause; passed += 50) {
        clock.increment(50)
        look()
      }
    }
  }))
})

/** Notices that are wrong in one point: each must be noticed, by the invariant that was meant for it. */
describe('a broken notice is noticed', () => {
  type States = Record<string, Record<string, object>>
  /** Built anew from its own definition, with one thing changed. */
  const changed = (change: (states: Record<Trouble, { on?: object; states: States }>) => void): typeof notice => {
    const config = structuredClone(notice.config) as unknown as { states: Record<Trouble, { on?: object; states: States }> }
    change(config.states)
    return createMachine(config as never, notice.implementations as never) as never
  }

  const brokenNotices: [what: string, broken: () => typeof notice, invariant: string][] = [
    ['which says everything at once', () => changed(({ path }) => { path.states.fine!.on = { 'path.lost': 'told' } }), 'nothing is said before a wait is over, except that the other side closed their page, or has a new one'],
    ['which takes a reload for a short interruption', () => notice.provide({ guards: { isClosing: () => false } }), 'that they closed their page, or have a new one, is said at once'],
    ['which takes its word back at once', () => changed(({ link }) => { link.states.told!.on = { 'link.mended': 'fine' } }), 'what is said stays for a moment after it is over, unless there is nothing left to say it of'],
    ['which takes one trouble for another', () => changed(({ link }) => { link.states.fine!.on = { 'path.lost': 'doubted' } }), 'one trouble does not touch the others'],
    ['which misses a way after the call', () => changed(({ path }) => { path.on = {} }), 'without a call no way is missed'],
  ]

  test.each(brokenNotices)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), exploration, invariants[invariant]!)).toBe(true)
  })

  test('and every invariant has a notice that breaks it', () => {
    expect(Object.keys(invariants).filter((name) => !brokenNotices.some(([, , invariant]) => invariant === name))).toEqual([])
  })
})
