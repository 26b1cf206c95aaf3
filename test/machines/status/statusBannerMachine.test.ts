import { createActor, createMachine, SimulatedClock } from 'xstate'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  statusBannerMachine,
  type StatusBannerEvent,
  type ConnectionProblem,
} from '../../../machines/status/statusBannerMachine.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, facts, type Banner } from './statusBannerMachine.graph.ts'

type BannerStep = Step<typeof statusBannerMachine>

const problems: readonly ConnectionProblem[] = ['transport', 'peer', 'signaling']
const shownProblems = (snapshot: Banner): ConnectionProblem[] => problems.filter((problem) => snapshot.hasTag(problem))
const begins = ({ before, after }: BannerStep): ConnectionProblem[] =>
  shownProblems(after).filter((problem) => !before.hasTag(problem))
const ends = ({ before, after }: BannerStep): ConnectionProblem[] =>
  shownProblems(before).filter((problem) => !after.hasTag(problem))
const waited = ({ event }: BannerStep): boolean => event.type.startsWith('xstate.after.')

const isOfPage = (event: StatusBannerEvent): boolean =>
  event.type === 'peer.reloaded' || (event.type === 'peer.disconnected' && event.pageClosing)

const endings: Record<ConnectionProblem, (step: BannerStep) => boolean> = {
  transport: ({ event }) => event.type === 'call.ended',
  peer: ({ event }) => event.type === 'call.ended' || event.type === 'peer.left',
  // The transport banner is shown instead.
  signaling: ({ after }) => after.hasTag('transport'),
}

const invariants: Invariants<typeof statusBannerMachine> = {
  'no banner appears before its delay, except for a closed or reloaded peer page': (step) =>
    begins(step).every((problem) => waited(step) || (problem === 'peer' && isOfPage(step.event))),
  'a closed or reloaded peer page shows its banner at once': ({ event, after }) =>
    !isOfPage(event) || after.hasTag('peer'),
  'a banner stays for its minimum time, unless its call or peer is gone': (step) =>
    ends(step).every((problem) => waited(step) || endings[problem](step)),
  'one problem does not affect the others': ({ before, event, after }) => {
    const [source] = event.type.split('.')
    const moved = problems.filter((problem) => before.value[problem] !== after.value[problem])
    return event.type.startsWith('xstate.')
      ? moved.length <= 1
      : moved.every(
          (problem) =>
            problem === source || (problem === 'peer' && before.matches({ peer: 'returning' })) || source === 'call',
        )
  },
  'the transport banner is hidden without a call': ({ event, after }) =>
    event.type !== 'call.ended' || after.matches({ transport: 'hidden' }),
}

describe('the status banner machine', () => {
  let steps: BannerStep[]
  beforeAll(() => {
    steps = [...everyStep(statusBannerMachine, exploration)]
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

/** A banner machine with a simulated clock. */
function start() {
  const clock = new SimulatedClock()
  const actor = createActor(statusBannerMachine, { clock }).start()
  return { clock, send: (fact: StatusBannerEvent) => actor.send(fact), shown: () => shownProblems(actor.getSnapshot()) }
}

describe('timeouts', () => {
  const lost: Record<ConnectionProblem, [StatusBannerEvent, StatusBannerEvent, number]> = {
    transport: [{ type: 'transport.lost' }, { type: 'transport.restored' }, timeouts.transportBannerDelayMs],
    peer: [{ type: 'peer.disconnected', pageClosing: false }, { type: 'peer.reconnected' }, timeouts.peerBannerDelayMs],
    signaling: [{ type: 'signaling.lost' }, { type: 'signaling.restored' }, timeouts.signalingBannerDelayMs],
  }

  test.each(Object.entries(lost))(
    'a problem with the %s is shown after its delay and for its minimum time',
    (problem, [begun, over, wait]) => {
      const { clock, send, shown } = start()
      send(begun)
      clock.increment(wait - 1)
      expect(shown()).toEqual([])
      clock.increment(1)
      expect(shown()).toEqual([problem])
      send(over)
      clock.increment(timeouts.bannerMinTimeMs - 1)
      expect(shown()).toEqual([problem])
      clock.increment(1)
      expect(shown()).toEqual([])
    },
  )

  test.each(Object.entries(lost))(
    'a problem with the %s that ends before its delay is never shown',
    (_, [begun, over, wait]) => {
      const { clock, send, shown } = start()
      for (let time = 0; time < 5; time++) {
        send(begun)
        clock.increment(wait - 1)
        send(over)
        clock.increment(1)
        expect(shown()).toEqual([])
      }
    },
  )

  test('four seconds without a transport show nothing, although recovery is noticed late', () => {
    const { clock, send, shown } = start()
    send({ type: 'transport.lost' })
    clock.increment(4_000)
    send({ type: 'transport.restored' })
    clock.increment(60_000)
    expect(shown()).toEqual([])
  })

  test('a repeated event does not restart the delay', () => {
    const { clock, send, shown } = start()
    send({ type: 'transport.lost' })
    clock.increment(timeouts.transportBannerDelayMs - 1)
    send({ type: 'transport.lost' })
    clock.increment(1)
    expect(shown()).toEqual(['transport'])
  })

  test('a reloading peer page is shown at once, until media flows again', () => {
    const { clock, send, shown } = start()
    send({ type: 'peer.disconnected', pageClosing: true })
    expect(shown()).toEqual(['peer'])
    send({ type: 'peer.reconnected' })
    send({ type: 'transport.lost' })
    clock.increment(timeouts.bannerMinTimeMs + 1)
    expect(shown()).toEqual(['peer'])
    send({ type: 'transport.restored' })
    clock.increment(timeouts.bannerMinTimeMs)
    expect(shown()).toEqual([])
  })

  test('a peer page that was reloaded unnoticed is shown at once, until media flows again', () => {
    const { clock, send, shown } = start()
    send({ type: 'peer.disconnected', pageClosing: false })
    send({ type: 'peer.reloaded' })
    expect(shown()).toEqual(['peer'])
    send({ type: 'transport.restored' })
    clock.increment(timeouts.bannerMinTimeMs - 1)
    expect(shown()).toEqual(['peer'])
    clock.increment(1)
    expect(shown()).toEqual([])
  })

  test('a peer page that returned without a call is hidden after peerReloadTimeoutMs', () => {
    const { clock, send, shown } = start()
    send({ type: 'peer.disconnected', pageClosing: true })
    send({ type: 'peer.reconnected' })
    clock.increment(timeouts.peerReloadTimeoutMs)
    clock.increment(timeouts.bannerMinTimeMs)
    expect(shown()).toEqual([])
  })
})

test('every banner lasts its minimum time while its call and its room last', () => {
  const lasting = facts.filter(({ type }) => type !== 'call.ended' && type !== 'peer.left')
  const history = fc.array(
    fc.record({ fact: fc.constantFrom(...lasting), pause: fc.integer({ min: 0, max: 6_000 }) }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(history, (events) => {
      const { clock, send, shown } = start()
      const since = new Map<ConnectionProblem, number>()
      const look = (): void => {
        for (const problem of problems) {
          const isShown = shown().includes(problem)
          const began = since.get(problem)
          if (isShown && began === undefined) since.set(problem, clock.now())
          if (isShown || began === undefined) continue
          since.delete(problem)
          if (problem !== 'signaling' || !shown().includes('transport'))
            expect(clock.now() - began).toBeGreaterThanOrEqual(timeouts.bannerMinTimeMs)
        }
      }
      for (const { fact, pause } of events) {
        send(fact)
        look()
        for (let passed = 0; passed < pause; passed += 50) {
          clock.increment(50)
          look()
        }
      }
    }),
  )
})

/** Each machine has one fault; the invariant meant for it must detect the fault. */
describe('the invariants detect a banner machine that', () => {
  type States = Record<string, Record<string, object>>
  /** A machine with a copy of the config with one change. */
  const changed = (
    change: (states: Record<ConnectionProblem, { on?: object; states: States }>) => void,
  ): typeof statusBannerMachine => {
    const config = structuredClone(statusBannerMachine.config) as {
      states: Record<ConnectionProblem, { on?: object; states: States }>
    }
    change(config.states)
    return createMachine(config as never, statusBannerMachine.implementations as never) as never
  }

  const brokenBanners: [what: string, broken: () => typeof statusBannerMachine, invariant: string][] = [
    [
      'shows every problem at once',
      () =>
        changed(({ transport }) => {
          transport.states.hidden!.on = { 'transport.lost': 'shown' }
        }),
      'no banner appears before its delay, except for a closed or reloaded peer page',
    ],
    [
      'treats a reload as a short interruption',
      () => statusBannerMachine.provide({ guards: { isPageClosing: () => false } }),
      'a closed or reloaded peer page shows its banner at once',
    ],
    [
      'hides a banner at once',
      () =>
        changed(({ signaling }) => {
          signaling.states.shown!.on = { 'signaling.restored': 'hidden' }
        }),
      'a banner stays for its minimum time, unless its call or peer is gone',
    ],
    [
      'confuses two problems',
      () =>
        changed(({ signaling }) => {
          signaling.states.hidden!.on = { 'transport.lost': 'pending' }
        }),
      'one problem does not affect the others',
    ],
    [
      'shows a lost transport after the call',
      () =>
        changed(({ transport }) => {
          transport.on = {}
        }),
      'the transport banner is hidden without a call',
    ],
  ]

  test.each(brokenBanners)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), [exploration], invariants[invariant]!)).toBe(true)
  })

  test('every invariant is broken by one of these banner machines', () => {
    expect(
      Object.keys(invariants).filter((name) => !brokenBanners.some(([, , invariant]) => invariant === name)),
    ).toEqual([])
  })
})
