import { createMachine, emit, transition } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { preparationMachine } from '../../../machines/preparation/preparationMachine.ts'
import type { PreparationEffect } from '../../../machines/preparation/preparationEvents.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { type Action, breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, type Prepared } from './preparationMachine.graph.ts'

type Machine = typeof preparationMachine
type PreparedStep = Step<Machine>

const isAttempting = (snapshot: Prepared): boolean => snapshot.matches('attempting')
const isFilled = (snapshot: Prepared): boolean => snapshot.matches({ attempting: 'claimed' })
/** Commands to the connection. */
const commands = (actions: readonly Action[]): string[] =>
  actions.flatMap(({ type, params }) =>
    type === 'xstate.sendTo' ? [String((params.event as { type?: string } | undefined)?.type)] : [],
  )
const steps = (effects: readonly PreparationEffect[]): string[] => effects.map(({ step }) => step.type)
const hasChild = ({ children }: Prepared): boolean => 'connection' in children

const invariants: Invariants<Machine> = {
  'media is sent only after the user or the peer began the call': ({ before, event, actions }) =>
    !commands(actions).includes('fillSenders') ||
    (before.matches({ attempting: 'prepared' }) && (event.type === 'user.claimed' || event.type === 'peer.claimed')),
  'only the user’s own decision is announced': ({ event, actions }) =>
    !commands(actions).includes('announce') || event.type === 'user.claimed',
  'the call takes the connection only with the seat that the server confirmed': ({ before, event, actions }) =>
    !commands(actions).includes('release') ||
    (event.type === 'seat.confirmed' &&
      event.id === before.context.attempt &&
      (before.matches({ attempting: 'prepared' }) || isFilled(before))),
  'a connection exists exactly during an attempt': ({ after }) =>
    hasChild(after) === isAttempting(after) && (after.context.attempt !== null) === isAttempting(after),
  'an attempt that this page ends is ended at the server': ({ before, event, after, effects, actions }) => {
    if (!isAttempting(before) || before.context.attempt === after.context.attempt) return true
    const isByServer = event.type.startsWith('attempt.') || commands(actions).includes('release')
    return isByServer || steps(effects).includes('end')
  },
  'a hidden lobby page has no attempt': ({ after }) =>
    !isAttempting(after) || after.context.side === 'holder' || !after.context.isHidden,
  'only a visitor requests an attempt, and only an available one': ({ after, effects }) =>
    !steps(effects).includes('request') || (after.matches('requested') && !after.context.isHidden),
  'a description goes to the server under its attempt and side': ({ before, effects }) =>
    effects.every(({ step }) => {
      if (step.type !== 'offer' && step.type !== 'answer') return true
      return step.id === before.context.attempt && step.type === (before.context.side === 'holder' ? 'offer' : 'answer')
    }),
  'a claimed connection without a seat is closed after its time': ({ before, event, after }) =>
    !event.type.startsWith('xstate.after.joinConfirmation') || !isFilled(before) || !isAttempting(after),
}

describe('the preparation', () => {
  let all: PreparedStep[]
  beforeAll(() => {
    all = [...everyStep(preparationMachine, exploration)]
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = all.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

/** Each machine has one fault; the invariant meant for it must detect the fault. */
describe('the invariants detect a preparation that', () => {
  const { states } = preparationMachine.config as unknown as { states: Record<string, never> }
  const withAttempting = (change: (attempting: Changed) => void): Machine => {
    const changed = structuredClone(states) as unknown as { attempting: Changed }
    change(changed.attempting)
    return preparationMachineWith({ states: changed })
  }
  const preparationMachineWith = (change: object): Machine =>
    createMachine(
      { ...preparationMachine.config, ...change } as never,
      preparationMachine.implementations as never,
    ) as never
  const provide = (parts: object): Machine => preparationMachine.provide(parts as never) as Machine

  const broken: [what: string, machine: () => Machine, invariant: string][] = [
    [
      'sends media before the call',
      () =>
        withAttempting(
          ({ states: { connecting } }) =>
            void (connecting.on['connection.opened'] = { target: 'prepared', actions: 'fillSenders' }),
        ),
      'media is sent only after the user or the peer began the call',
    ],
    [
      'announces what the peer decided',
      () =>
        withAttempting(
          ({ states: { prepared } }) =>
            void (prepared.on['peer.claimed'] = { target: 'claimed', actions: ['announce', 'fillSenders'] }),
        ),
      'only the user’s own decision is announced',
    ],
    [
      'keeps the connection for any seat',
      () => provide({ guards: { isThisAttempt: () => true } }),
      'the call takes the connection only with the seat that the server confirmed',
    ],
    [
      'keeps a connection',
      () => provide({ actions: { closeConnection: () => undefined } }),
      'a connection exists exactly during an attempt',
    ],
    [
      'does not end its attempt',
      () => provide({ actions: { endAttempt: () => undefined } }),
      'an attempt that this page ends is ended at the server',
    ],
    [
      'ignores that it is hidden',
      () => provide({ guards: { isHiddenVisitor: () => false } }),
      'a hidden lobby page has no attempt',
    ],
    [
      'requests in a hidden page',
      () =>
        provide({
          guards: { mayRequest: ({ context }: Prepared) => context.isAvailable, isHiddenVisitor: () => false },
        }),
      'only a visitor requests an attempt, and only an available one',
    ],
    [
      'sends every description as an offer',
      () =>
        provide({
          actions: { sendDescription: emit({ type: 'step.taken', step: { type: 'offer', id: 1, sdp: '' } }) },
        }),
      'a description goes to the server under its attempt and side',
    ],
    [
      'waits for a seat forever',
      () => withAttempting(({ states: { claimed } }) => void (claimed.after.joinConfirmation = 'prepared')),
      'a claimed connection without a seat is closed after its time',
    ],
  ]

  test.each(broken)('%s', (_, machine, invariant) => {
    expect(breaks(machine(), [exploration], invariants[invariant]!)).toBe(true)
  })

  test('every invariant is broken by one of these machines', () => {
    expect(Object.keys(invariants).filter((name) => !broken.some(([, , invariant]) => invariant === name))).toEqual([])
  })
})

test('the pause before the next attempt doubles with each failure, up to a limit', () => {
  const { delays } = preparationMachine.implementations as unknown as {
    delays: { pause(of: { context: { failures: number } }): number }
  }
  const pauses = [0, 1, 2, 3, 20].map((failures) => delays.pause({ context: { failures } }))
  const { prepareAgainMs, prepareAgainMaxMs } = timeouts
  expect(pauses).toEqual([0, prepareAgainMs, 2 * prepareAgainMs, 4 * prepareAgainMs, prepareAgainMaxMs])
})

test('a lobby page that is shown again requests an attempt', () => {
  const run = (events: readonly Parameters<typeof transition<Machine>>[2][]): Prepared =>
    events.reduce<Prepared>(
      (snapshot, event) => transition(preparationMachine, snapshot, event)[0],
      preparationMachine.resolveState({
        value: 'idle',
        context: { side: 'visitor', attempt: null, isAvailable: false, isHidden: false, hasOffer: false, failures: 0 },
      }),
    )
  expect(run([{ type: 'page.timedOut' }, { type: 'attempt.available' }]).value).toBe('idle')
  expect(run([{ type: 'page.timedOut' }, { type: 'attempt.available' }, { type: 'page.shown' }]).value).toBe('pausing')
})

interface Changed {
  states: Record<'connecting' | 'prepared' | 'claimed', { on: Record<string, unknown>; after: Record<string, unknown> }>
}
