import { assertEvent, assign, fromCallback, not, sendTo, setup } from 'xstate'
import type {
  AbortReason,
  ExchangeCommand,
  ExchangeEvent,
  VerificationContext,
  VerificationEvent,
} from './verificationEvents.ts'
import { timeouts } from '../protocol/timeouts.ts'

/**
 * Whether two who read a short code to each other know that nobody sits between them. Each first binds itself to a nonce that it
 * shows only when the other is bound as well: who sits in between has to choose before it knows, and has one guess in 2^42.
 * Without that, a code short enough to be read aloud is found by trying.
 */
export const verificationMachine = setup({
  types: { context: {} as VerificationContext, events: {} as VerificationEvent },
  actors: {
    /** One exchange over one channel. */
    exchange: fromCallback<ExchangeCommand, { connection: string }, ExchangeEvent>(() => {
      throw new Error('the browser provides the actor "exchange"')
    }),
  },
  guards: {
    hasPeerCommitment: ({ context }) => context.peerCommitment !== null,
    isCurrentConnection: ({ context, event }) =>
      event.type === 'channel.closed' && event.connection === context.connection,
  },
  actions: {
    setConnection: assign(({ event }) => {
      assertEvent(event, 'channel.opened')
      return { connection: event.connection, peerCommitment: null, safetyCode: null, reason: null }
    }),
    setPeerCommitment: assign(({ event }) => {
      assertEvent(event, 'peer.committed')
      return { peerCommitment: event.commitment }
    }),
    setSafetyCode: assign(({ event }) => {
      assertEvent(event, 'code.derived')
      return { safetyCode: event.code }
    }),
    setVerified: assign({ wasVerified: true }),
    setReason: assign((_, { reason }: { reason: AbortReason }) => ({ reason, peerCommitment: null, safetyCode: null })),
    reset: assign({ connection: null, peerCommitment: null, safetyCode: null, reason: null }),
    commit: sendTo('exchange', { type: 'commit' }),
    reveal: sendTo('exchange', { type: 'reveal' }),
    check: sendTo('exchange', ({ context, event }) => {
      assertEvent(event, 'peer.revealed')
      return { type: 'check', commitment: context.peerCommitment ?? '', nonce: event.nonce } as const
    }),
  },
  delays: { verificationTimeout: timeouts.verificationTimeoutMs },
}).createMachine({
  id: 'verification',
  context: { connection: null, peerCommitment: null, safetyCode: null, reason: null, wasVerified: false },
  initial: 'idle',
  states: {
    /** There is no other end. */
    idle: { entry: 'reset' },
    active: {
      invoke: { id: 'exchange', src: 'exchange', input: ({ context }) => ({ connection: context.connection ?? '' }) },
      initial: 'committing',
      states: {
        /** The certificates are read, and our commitment is made. Theirs may come first. */
        committing: {
          on: {
            'commitment.created': [
              { guard: 'hasPeerCommitment', target: 'revealed', actions: 'commit' },
              { target: 'committed', actions: 'commit' },
            ],
            'peer.committed': { guard: not('hasPeerCommitment'), actions: 'setPeerCommitment' },
            'peer.revealed': {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'early' } },
            },
          },
        },
        /** We are bound, and they are not yet: nothing of ours is shown. */
        committed: {
          on: {
            'peer.committed': { target: 'revealed', actions: 'setPeerCommitment' },
            'peer.revealed': {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'early' } },
            },
          },
          after: {
            verificationTimeout: {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'timedOut' } },
            },
          },
        },
        /** Both are bound, and our nonce is said. */
        revealed: {
          entry: 'reveal',
          on: { 'peer.revealed': { target: 'checking', actions: 'check' } },
          after: {
            verificationTimeout: {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'timedOut' } },
            },
          },
        },
        /** Whether their nonce is the one that they were bound to. */
        checking: {
          on: {
            'code.derived': { target: 'comparable', actions: 'setSafetyCode' },
            'commitment.mismatched': {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'commitmentMismatch' } },
            },
          },
        },
        /** There is a code, and nobody has compared it yet. */
        comparable: { on: { 'user.confirmed': 'verified', 'user.denied': 'mismatched' } },
        /** The person says that both see the same. */
        verified: { entry: 'setVerified', on: { 'user.denied': 'mismatched' } },
        /** The person says that they differ. */
        mismatched: { on: { 'user.confirmed': 'verified' } },
      },
      on: {
        'channel.closed': { guard: 'isCurrentConnection', target: 'idle' },
        'peer.committed': { target: 'aborted', actions: { type: 'setReason', params: { reason: 'repeated' } } },
        'peer.revealed': { target: 'aborted', actions: { type: 'setReason', params: { reason: 'repeated' } } },
        'peer.malformed': { target: 'aborted', actions: { type: 'setReason', params: { reason: 'malformed' } } },
        'certificate.changed': {
          target: 'aborted',
          actions: { type: 'setReason', params: { reason: 'certificateChanged' } },
        },
        'exchange.failed': { target: 'aborted', actions: { type: 'setReason', params: { reason: 'unsupported' } } },
      },
    },
    /** `reason` says why there is no code. Only another connection may try again. */
    aborted: { on: { 'channel.closed': { guard: 'isCurrentConnection', target: 'idle' } } },
  },
  on: { 'channel.opened': { target: '.active', reenter: true, actions: 'setConnection' } },
})
