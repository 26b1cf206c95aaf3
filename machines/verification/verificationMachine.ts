import { assertEvent, assign, fromCallback, not, sendTo, setup } from 'xstate'
import type { AbortReason, ExchangeFact, ExchangeOrder, SafetyContext, SafetyFact } from './verificationEvents.ts'
import { timers } from '../protocol/timeouts.ts'

/**
 * Whether two who read a short code to each other know that nobody sits between them. Each first binds itself to a nonce that it
 * shows only when the other is bound as well: who sits in between has to choose before it knows, and has one guess in 2^42.
 * Without that, a code short enough to be read aloud is found by trying.
 */
export const safety = setup({
  types: { context: {} as SafetyContext, events: {} as SafetyFact },
  actors: {
    /** One exchange over one channel. */
    exchange: fromCallback<ExchangeOrder, { connection: string }, ExchangeFact>(() => {
      throw new Error('the browser provides the actor "exchange"')
    }),
  },
  guards: {
    isBound: ({ context }) => context.theirs !== null,
    isCurrent: ({ context, event }) => event.type === 'channel.closed' && event.connection === context.connection,
  },
  actions: {
    noteConnection: assign(({ event }) => {
      assertEvent(event, 'channel.opened')
      return { connection: event.connection, theirs: null, code: null, reason: null }
    }),
    noteTheirs: assign(({ event }) => {
      assertEvent(event, 'peer.committed')
      return { theirs: event.commitment }
    }),
    noteCode: assign(({ event }) => {
      assertEvent(event, 'code.derived')
      return { code: event.code }
    }),
    noteVerified: assign({ wasVerified: true }),
    noteReason: assign((_, { reason }: { reason: AbortReason }) => ({ reason, theirs: null, code: null })),
    forget: assign({ connection: null, theirs: null, code: null, reason: null }),
    commit: sendTo('exchange', { type: 'commit' }),
    reveal: sendTo('exchange', { type: 'reveal' }),
    check: sendTo('exchange', ({ context, event }) => {
      assertEvent(event, 'peer.revealed')
      return { type: 'check', commitment: context.theirs ?? '', nonce: event.nonce } as const
    }),
  },
  delays: { safetyPatience: timers.safetyPatience },
}).createMachine({
  id: 'safety',
  context: { connection: null, theirs: null, code: null, reason: null, wasVerified: false },
  initial: 'idle',
  states: {
    /** There is no other end. */
    idle: { entry: 'forget' },
    talking: {
      invoke: { id: 'exchange', src: 'exchange', input: ({ context }) => ({ connection: context.connection ?? '' }) },
      initial: 'committing',
      states: {
        /** The certificates are read, and our commitment is made. Theirs may come first. */
        committing: {
          on: {
            'commitment.made': [
              { guard: 'isBound', target: 'revealed', actions: 'commit' },
              { target: 'committed', actions: 'commit' },
            ],
            'peer.committed': { guard: not('isBound'), actions: 'noteTheirs' },
            'peer.revealed': { target: '#safety.aborted', actions: { type: 'noteReason', params: { reason: 'early' } } },
          },
        },
        /** We are bound, and they are not yet: nothing of ours is shown. */
        committed: {
          on: {
            'peer.committed': { target: 'revealed', actions: 'noteTheirs' },
            'peer.revealed': { target: '#safety.aborted', actions: { type: 'noteReason', params: { reason: 'early' } } },
          },
          after: { safetyPatience: { target: '#safety.aborted', actions: { type: 'noteReason', params: { reason: 'silent' } } } },
        },
        /** Both are bound, and our nonce is said. */
        revealed: {
          entry: 'reveal',
          on: { 'peer.revealed': { target: 'checking', actions: 'check' } },
          after: { safetyPatience: { target: '#safety.aborted', actions: { type: 'noteReason', params: { reason: 'silent' } } } },
        },
        /** Whether their nonce is the one that they were bound to. */
        checking: {
          on: {
            'code.derived': { target: 'comparable', actions: 'noteCode' },
            'proof.failed': { target: '#safety.aborted', actions: { type: 'noteReason', params: { reason: 'unproven' } } },
          },
        },
        /** There is a code, and nobody has compared it yet. */
        comparable: { on: { 'user.confirmed': 'verified', 'user.denied': 'mismatched' } },
        /** The person says that both see the same. */
        verified: { entry: 'noteVerified', on: { 'user.denied': 'mismatched' } },
        /** The person says that they differ. */
        mismatched: { on: { 'user.confirmed': 'verified' } },
      },
      on: {
        'channel.closed': { guard: 'isCurrent', target: 'idle' },
        'peer.committed': { target: 'aborted', actions: { type: 'noteReason', params: { reason: 'repeated' } } },
        'peer.revealed': { target: 'aborted', actions: { type: 'noteReason', params: { reason: 'repeated' } } },
        'peer.garbled': { target: 'aborted', actions: { type: 'noteReason', params: { reason: 'malformed' } } },
        'certificate.changed': { target: 'aborted', actions: { type: 'noteReason', params: { reason: 'changed' } } },
        'exchange.broke': { target: 'aborted', actions: { type: 'noteReason', params: { reason: 'unsupported' } } },
      },
    },
    /** `reason` says why there is no code. Only another connection may try again. */
    aborted: {
      on: { 'channel.closed': { guard: 'isCurrent', target: 'idle' } },
    },
  },
  on: { 'channel.opened': { target: '.talking', reenter: true, actions: 'noteConnection' } },
})
