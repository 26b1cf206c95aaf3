import { assertEvent, assign, fromCallback, not, sendTo, setup } from 'xstate'
import type {
  AbortReason,
  ExchangeCommand,
  ExchangeEvent,
  VerificationContext,
  VerificationEvent,
} from './verificationEvents.ts'
import { timeouts } from '../protocol/timeouts.ts'
import { verificationEventDescriptions } from './verificationEvents.ts'

/**
 * The safety code: a short code that two users read to each other, so that a man in the middle is detected. Each side
 * commits to a nonce, and reveals it only after the peer is committed, too. So an attacker has to choose its nonces
 * blindly and succeeds with a probability of 2^-42. Without commitments, an attacker could find a code short enough to
 * read aloud by trial.
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
  description: 'The safety code. Two users who compare it know that no third party intercepts their call.',
  meta: { events: verificationEventDescriptions },
  context: { connection: null, peerCommitment: null, safetyCode: null, reason: null, wasVerified: false },
  initial: 'idle',
  states: {
    idle: { description: 'There’s no data channel to a peer.', entry: 'reset' },
    active: {
      description: 'The data channel is open, and no problem was found so far.',
      invoke: { id: 'exchange', src: 'exchange', input: ({ context }) => ({ connection: context.connection ?? '' }) },
      initial: 'committing',
      states: {
        committing: {
          description: 'The page reads both certificates and computes its commitment. The peer’s may arrive first.',
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
        committed: {
          description: 'The page sent its commitment and awaits the peer’s. Its own nonce stays secret.',
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
        revealed: {
          description: 'Both sides are committed, and the page sent its nonce. It awaits the peer’s nonce.',
          entry: 'reveal',
          on: { 'peer.revealed': { target: 'checking', actions: 'check' } },
          after: {
            verificationTimeout: {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'timedOut' } },
            },
          },
        },
        checking: {
          description: 'The page checks the peer’s nonce against the peer’s commitment.',
          on: {
            'code.derived': { target: 'comparable', actions: 'setSafetyCode' },
            'commitment.mismatched': {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'commitmentMismatch' } },
            },
          },
        },
        comparable: {
          description: 'The code is shown. The user hasn’t compared it yet.',
          on: { 'user.confirmed': 'verified', 'user.denied': 'mismatched' },
        },
        verified: {
          description: 'The user confirmed that both codes are the same.',
          entry: 'setVerified',
          on: { 'user.denied': 'mismatched' },
        },
        mismatched: { description: 'The user reported that the codes differ.', on: { 'user.confirmed': 'verified' } },
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
    aborted: {
      description: 'This connection gets no code. The reason is recorded.',
      on: { 'channel.closed': { guard: 'isCurrentConnection', target: 'idle' } },
    },
  },
  on: { 'channel.opened': { target: '.active', reenter: true, actions: 'setConnection' } },
})
