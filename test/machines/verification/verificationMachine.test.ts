import { assign, createActor, fromCallback, sendTo } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import type {
  AbortReason,
  ExchangeEvent,
  ExchangeCommand,
  VerificationEvent,
} from '../../../machines/verification/verificationEvents.ts'
import { breaks, everyStep, type Invariants, type Step, stepsTo, wayTo } from '../graph.ts'
import {
  closed,
  code,
  committed,
  confirmed,
  denied,
  derived,
  exploration,
  facts,
  made,
  opened,
  revealed,
  type Snapshot,
} from './verificationMachine.graph.ts'

type VerificationStep = Step<typeof verificationMachine>

const orders = ({ actions }: VerificationStep): ExchangeCommand[] =>
  actions.filter(({ type }) => type === 'xstate.sendTo').map(({ params }) => params.event as ExchangeCommand)
const is = (step: VerificationStep, type: ExchangeCommand['type']): boolean =>
  orders(step).some((order) => order.type === type)
const has = ({ value }: Snapshot, ...names: string[]): boolean =>
  typeof value === 'object' && names.includes(String(Object.values(value)[0]))

/** The steps since the current channel opened. */
function past(step: VerificationStep): VerificationStep[] {
  const all = stepsTo(step)
  return all.slice(all.findLastIndex(({ event }) => event.type === 'channel.opened'))
}

const countReceived = (step: VerificationStep, type: VerificationEvent['type']): number =>
  past(step).filter(({ event }) => event.type === type).length

const invariants: Invariants<typeof verificationMachine> = {
  'the nonce is revealed only to a committed peer': (step) =>
    !is(step, 'reveal') || (step.after.context.peerCommitment !== null && countReceived(step, 'peer.committed') > 0),
  'the nonce is revealed only after the own commitment': (step) =>
    !is(step, 'reveal') || past(step).some((each) => is(each, 'commit')),
  'the peer’s first commitment counts': ({ before, event, after }) =>
    event.type === 'channel.opened' ||
    before.context.peerCommitment === null ||
    after.context.peerCommitment === null ||
    after.context.peerCommitment === before.context.peerCommitment,
  'the peer’s nonce is checked against its commitment': (step) =>
    orders(step).every(
      (order) =>
        order.type !== 'check' ||
        (order.commitment === step.before.context.peerCommitment &&
          step.event.type === 'peer.revealed' &&
          order.nonce === step.event.nonce),
    ),
  'a check needs a commitment first and a nonce second': (step) =>
    !is(step, 'check') ||
    past(step)
      .filter(({ event: { type } }) => type.startsWith('peer.'))
      .map(({ event: { type } }) => type)
      .join() === 'peer.committed,peer.revealed',
  'a code exists exactly while it can be compared': ({ after }) =>
    (after.context.safetyCode !== null) === has(after, 'comparable', 'verified', 'mismatched'),
  'a code comes from a check': (step) =>
    !has(step.after, 'comparable') || step.event.type === 'code.derived' || has(step.before, 'comparable'),
  'only the user verifies, and only a code that can be compared': ({ before, event, after }) =>
    !has(after, 'verified') ||
    has(before, 'verified') ||
    (event.type === 'user.confirmed' && has(before, 'comparable', 'mismatched')),
  'a new connection is not verified': ({ event, after }) => event.type !== 'channel.opened' || has(after, 'committing'),
  'a changed certificate is not verified': ({ event, after }) =>
    event.type !== 'certificate.changed' || !has(after, 'verified'),
  'an abort lasts as long as its connection': ({ before, after }) =>
    before.value !== 'aborted' || after.value === 'aborted' || after.value === 'idle' || has(after, 'committing'),
  'a reason exists exactly after an abort': ({ after }) =>
    (after.context.reason !== null) === (after.value === 'aborted'),
  'the peer’s commitment is cleared when the channel closes': ({ after }) =>
    after.value !== 'idle' || (after.context.connection === null && after.context.peerCommitment === null),
  'a successful verification is remembered': ({ before, after }) =>
    after.context.wasVerified || !before.context.wasVerified,
}

describe('the safety code', () => {
  let steps: VerificationStep[]
  beforeAll(() => {
    steps = [...everyStep(verificationMachine, exploration)]
  })

  test('is explored in more than 500 steps', () => expect(steps.length).toBeGreaterThan(500))

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

describe('the invariants detect a verification machine that', () => {
  const nothing = (): void => {}
  const withGuards = (guards: object) => verificationMachine.provide({ guards } as never)
  const withActions = (actions: object) => verificationMachine.provide({ actions } as never)
  const seededFaults: [string, typeof verificationMachine, string][] = [
    [
      'treats any peer as committed',
      withGuards({ hasPeerCommitment: () => true }),
      'the nonce is revealed only to a committed peer',
    ],
    [
      'lets a second commitment replace the first',
      withGuards({ hasPeerCommitment: () => false }),
      'the peer’s first commitment counts',
    ],
    [
      'does not send its commitment',
      withActions({ commit: nothing }),
      'the nonce is revealed only after the own commitment',
    ],
    [
      'drops the peer’s commitment',
      withActions({ check: sendTo('exchange', { type: 'check', commitment: '', nonce: '' }) }),
      'the peer’s nonce is checked against its commitment',
    ],
    [
      'keeps the code of another connection',
      withActions({ setConnection: assign({ connection: 'a1.2' }) }),
      'a code exists exactly while it can be compared',
    ],
    [
      'keeps the code after an abort',
      withActions({ setReason: assign({ reason: 'early' }) }),
      'a code exists exactly while it can be compared',
    ],
    [
      'aborts without a reason',
      withActions({ setReason: assign({ safetyCode: null, peerCommitment: null }) }),
      'a reason exists exactly after an abort',
    ],
    [
      'keeps state of a closed channel',
      withActions({ reset: assign({ safetyCode: null, reason: null }) }),
      'the peer’s commitment is cleared when the channel closes',
    ],
    [
      'forgets a successful verification',
      withActions({ setConnection: assign({ wasVerified: false, connection: 'a', safetyCode: null, reason: null }) }),
      'a successful verification is remembered',
    ],
  ]

  test.each(seededFaults)('%s', (_, broken, invariant) => {
    expect(breaks(broken, [exploration], invariants[invariant]!)).toBe(true)
  })
})

/** Runs the machine with an exchange that only records its commands. */
function run(...events: VerificationEvent[]) {
  const exchanges: { connection: string; orders: ExchangeCommand[]; isLive: boolean }[] = []
  const exchange = fromCallback<ExchangeCommand, { connection: string }, ExchangeEvent>(({ input, receive }) => {
    const own = { connection: input.connection, orders: [] as ExchangeCommand[], isLive: true }
    exchanges.push(own)
    receive((order) => own.orders.push(order))
    return () => {
      own.isLive = false
    }
  })
  const actor = createActor(verificationMachine.provide({ actors: { exchange } })).start()
  for (const event of events) actor.send(event)
  const { value, context } = actor.getSnapshot()
  return { actor, exchanges, value, context }
}

const comparable = [opened(), made, committed, revealed, derived]

describe('an exchange', () => {
  test('goes from commitments to nonces to a code that the user confirms', () => {
    const { value, context, exchanges } = run(...comparable, confirmed)
    expect(value).toEqual({ active: 'verified' })
    expect(context).toMatchObject({ connection: 'a1.1', safetyCode: code, wasVerified: true })
    expect(exchanges).toEqual([
      {
        connection: 'a1.1',
        isLive: true,
        orders: [
          { type: 'commit' },
          { type: 'reveal' },
          { type: 'check', commitment: 'their commitment', nonce: 'their nonce' },
        ],
      },
    ])
  })

  test('with a faster peer sends its commitment before its nonce', () => {
    expect(run(opened(), committed, made).exchanges[0]?.orders).toEqual([{ type: 'commit' }, { type: 'reveal' }])
  })

  const aborts: [AbortReason, string, VerificationEvent[]][] = [
    ['early', 'a nonce before the own commitment', [opened(), committed, revealed]],
    ['early', 'a nonce without a commitment', [opened(), made, revealed]],
    ['repeated', 'a second commitment before the own one', [opened(), committed, committed]],
    ['repeated', 'a second commitment', [opened(), made, committed, committed]],
    ['repeated', 'a commitment after the nonce', [opened(), made, committed, revealed, committed]],
    ['repeated', 'a second nonce', [opened(), made, committed, revealed, revealed]],
    ['repeated', 'a commitment after the verification', [...comparable, confirmed, committed]],
    ['repeated', 'a nonce after the check', [...comparable, revealed]],
    ['malformed', 'bytes of the wrong length', [opened(), made, { type: 'peer.malformed' }]],
    [
      'commitmentMismatch',
      'a nonce that does not match the commitment',
      [opened(), made, committed, revealed, { type: 'commitment.mismatched' }],
    ],
    ['certificateChanged', 'another certificate', [...comparable, confirmed, { type: 'certificate.changed' }]],
    ['unsupported', 'an unsupported browser', [opened(), { type: 'exchange.failed' }]],
  ]

  test.each(aborts)('is aborted as %s by %s, and its exchange ends', (reason, _, events) => {
    const { value, context, exchanges } = run(...events)
    expect([value, context.reason, context.safetyCode]).toEqual(['aborted', reason, null])
    expect(exchanges.map(({ isLive }) => isLive)).toEqual([false])
  })

  test.each(facts.filter(({ type }) => !type.startsWith('channel.')).map((fact) => [fact.type, fact] as const))(
    'that was aborted ignores %s',
    (_, fact) => {
      expect(run(opened(), made, revealed, fact).context).toMatchObject({ reason: 'early', safetyCode: null })
    },
  )

  test('starts again on another connection, with wasVerified kept', () => {
    const { value, context, exchanges } = run(...comparable, confirmed, opened('a1.2'))
    expect(value).toEqual({ active: 'committing' })
    expect(context).toMatchObject({ connection: 'a1.2', safetyCode: null, wasVerified: true })
    expect(exchanges.map(({ connection, isLive }) => [connection, isLive])).toEqual([
      ['a1.1', false],
      ['a1.2', true],
    ])
  })

  test('ends with its own channel, and not with the previous one', () => {
    expect(run(...comparable, confirmed, closed()).value).toBe('idle')
    expect(run(...comparable, confirmed, closed('a1.0')).value).toEqual({ active: 'verified' })
  })

  test('accepts a changed answer of the user', () => {
    expect(run(...comparable, denied).value).toEqual({ active: 'mismatched' })
    expect(run(...comparable, denied, confirmed).value).toEqual({ active: 'verified' })
    expect(run(...comparable, confirmed, denied).value).toEqual({ active: 'mismatched' })
  })
})
