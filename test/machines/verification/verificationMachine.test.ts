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

/** What has happened since the channel that is open was opened. */
function past(step: VerificationStep): VerificationStep[] {
  const all = stepsTo(step)
  return all.slice(all.findLastIndex(({ event }) => event.type === 'channel.opened'))
}

const heard = (step: VerificationStep, type: VerificationEvent['type']): number =>
  past(step).filter(({ event }) => event.type === type).length

const invariants: Invariants<typeof verificationMachine> = {
  'our nonce is shown only to one who is bound': (step) =>
    !is(step, 'reveal') || (step.after.context.peerCommitment !== null && heard(step, 'peer.committed') > 0),
  'our nonce is shown only when we are bound as well': (step) =>
    !is(step, 'reveal') || past(step).some((each) => is(each, 'commit')),
  'what they bound themselves to first is what counts': ({ before, event, after }) =>
    event.type === 'channel.opened' ||
    before.context.peerCommitment === null ||
    after.context.peerCommitment === null ||
    after.context.peerCommitment === before.context.peerCommitment,
  'their nonce is held against what they bound themselves to': (step) =>
    orders(step).every(
      (order) =>
        order.type !== 'check' ||
        (order.commitment === step.before.context.peerCommitment &&
          step.event.type === 'peer.revealed' &&
          order.nonce === step.event.nonce),
    ),
  'nobody is checked who did not first commit and then reveal': (step) =>
    !is(step, 'check') ||
    past(step)
      .filter(({ event: { type } }) => type.startsWith('peer.'))
      .map(({ event: { type } }) => type)
      .join() === 'peer.committed,peer.revealed',
  'there is a code where it can be compared, and nowhere else': ({ after }) =>
    (after.context.safetyCode !== null) === has(after, 'comparable', 'verified', 'mismatched'),
  'a code comes from a check': (step) =>
    !has(step.after, 'comparable') || step.event.type === 'code.derived' || has(step.before, 'comparable'),
  'only the person verifies, and only what is there to be compared': ({ before, event, after }) =>
    !has(after, 'verified') ||
    has(before, 'verified') ||
    (event.type === 'user.confirmed' && has(before, 'comparable', 'mismatched')),
  'another connection is never verified, and neither is none': ({ event, after }) =>
    event.type !== 'channel.opened' || has(after, 'committing'),
  'another certificate is never verified': ({ event, after }) =>
    event.type !== 'certificate.changed' || !has(after, 'verified'),
  'what was aborted stays so for its connection': ({ before, after }) =>
    before.value !== 'aborted' || after.value === 'aborted' || after.value === 'idle' || has(after, 'committing'),
  'an abort has a reason, and nothing else has': ({ after }) =>
    (after.context.reason !== null) === (after.value === 'aborted'),
  'without a channel nothing is known of the other side': ({ after }) =>
    after.value !== 'idle' || (after.context.connection === null && after.context.peerCommitment === null),
  'that there was a code that was found right is not forgotten': ({ before, after }) =>
    after.context.wasVerified || !before.context.wasVerified,
}

describe('the safety code', () => {
  let steps: VerificationStep[]
  beforeAll(() => {
    steps = [...everyStep(verificationMachine, exploration)]
  })

  test('is explored in full', () => expect(steps.length).toBeGreaterThan(500))

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

describe('the invariants notice a machine', () => {
  const nothing = (): void => {}
  const withGuards = (guards: object) => verificationMachine.provide({ guards } as never)
  const withActions = (actions: object) => verificationMachine.provide({ actions } as never)
  const seededFaults: [string, typeof verificationMachine, string][] = [
    [
      'that takes anybody for bound',
      withGuards({ hasPeerCommitment: () => true }),
      'our nonce is shown only to one who is bound',
    ],
    [
      'that lets a second commitment replace the first',
      withGuards({ hasPeerCommitment: () => false }),
      'what they bound themselves to first is what counts',
    ],
    [
      'that does not say its commitment',
      withActions({ commit: nothing }),
      'our nonce is shown only when we are bound as well',
    ],
    [
      'that forgets their commitment',
      withActions({ check: sendTo('exchange', { type: 'check', commitment: '', nonce: '' }) }),
      'their nonce is held against what they bound themselves to',
    ],
    [
      'that keeps the code of another connection',
      withActions({ setConnection: assign({ connection: 'a1.2' }) }),
      'there is a code where it can be compared, and nowhere else',
    ],
    [
      'that keeps the code through an abort',
      withActions({ setReason: assign({ reason: 'early' }) }),
      'there is a code where it can be compared, and nowhere else',
    ],
    [
      'that gives no reason',
      withActions({ setReason: assign({ safetyCode: null, peerCommitment: null }) }),
      'an abort has a reason, and nothing else has',
    ],
    [
      'that keeps something of a channel that is closed',
      withActions({ reset: assign({ safetyCode: null, reason: null }) }),
      'without a channel nothing is known of the other side',
    ],
    [
      'that forgets that a code was right',
      withActions({ setConnection: assign({ wasVerified: false, connection: 'a', safetyCode: null, reason: null }) }),
      'that there was a code that was found right is not forgotten',
    ],
  ]

  test.each(seededFaults)('%s', (_, broken, invariant) => {
    expect(breaks(broken, exploration, invariants[invariant]!)).toBe(true)
  })
})

/** Runs it with an exchange that does nothing but remember what it was told. */
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
  test('goes from commitment to commitment, nonce to nonce, to a code that the person finds right', () => {
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

  test('in which they were faster says our commitment before our nonce', () => {
    expect(run(opened(), committed, made).exchanges[0]?.orders).toEqual([{ type: 'commit' }, { type: 'reveal' }])
  })

  const aborts: [AbortReason, string, VerificationEvent[]][] = [
    ['early', 'a nonce before ours is bound', [opened(), committed, revealed]],
    ['early', 'a nonce of one who is not bound', [opened(), made, revealed]],
    ['repeated', 'a second commitment before ours', [opened(), committed, committed]],
    ['repeated', 'a second commitment', [opened(), made, committed, committed]],
    ['repeated', 'a commitment after the nonce', [opened(), made, committed, revealed, committed]],
    ['repeated', 'a second nonce', [opened(), made, committed, revealed, revealed]],
    ['repeated', 'a commitment when all is done', [...comparable, confirmed, committed]],
    ['repeated', 'a nonce when all is done', [...comparable, revealed]],
    ['malformed', 'what is no 32 bytes', [opened(), made, { type: 'peer.malformed' }]],
    [
      'commitmentMismatch',
      'a nonce that they were not bound to',
      [opened(), made, committed, revealed, { type: 'commitment.mismatched' }],
    ],
    ['certificateChanged', 'another certificate', [...comparable, confirmed, { type: 'certificate.changed' }]],
    ['unsupported', 'a browser that cannot', [opened(), { type: 'exchange.failed' }]],
  ]

  test.each(aborts)('is aborted as %s by %s, and its exchange ends', (reason, _, events) => {
    const { value, context, exchanges } = run(...events)
    expect([value, context.reason, context.safetyCode]).toEqual(['aborted', reason, null])
    expect(exchanges.map(({ isLive }) => isLive)).toEqual([false])
  })

  test.each(facts.filter(({ type }) => !type.startsWith('channel.')).map((fact) => [fact.type, fact] as const))(
    'that was aborted does not hear %s',
    (_, fact) => {
      expect(run(opened(), made, revealed, fact).context).toMatchObject({ reason: 'early', safetyCode: null })
    },
  )

  test('with another connection begins anew, and knows that the code of before was right', () => {
    const { value, context, exchanges } = run(...comparable, confirmed, opened('a1.2'))
    expect(value).toEqual({ active: 'committing' })
    expect(context).toMatchObject({ connection: 'a1.2', safetyCode: null, wasVerified: true })
    expect(exchanges.map(({ connection, isLive }) => [connection, isLive])).toEqual([
      ['a1.1', false],
      ['a1.2', true],
    ])
  })

  test('is over with its channel, and not with that of the connection before', () => {
    expect(run(...comparable, confirmed, closed()).value).toBe('idle')
    expect(run(...comparable, confirmed, closed('a1.0')).value).toEqual({ active: 'verified' })
  })

  test('that the person misjudged can be judged again', () => {
    expect(run(...comparable, denied).value).toEqual({ active: 'mismatched' })
    expect(run(...comparable, denied, confirmed).value).toEqual({ active: 'verified' })
    expect(run(...comparable, confirmed, denied).value).toEqual({ active: 'mismatched' })
  })
})
