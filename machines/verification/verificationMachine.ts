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
  context: { connection: null, peerCommitment: null, safetyCode: null, reason: null, wasVerified: false },
  initial: 'idle',
  states: {
    /** Without a data channel to a peer. */
    idle: { entry: 'reset' },
    active: {
      invoke: { id: 'exchange', src: 'exchange', input: ({ context }) => ({ connection: context.connection ?? '' }) },
      initial: 'committing',
      states: {
        /** The page computes its commitment. The peer's commitment may arrive first. */
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
        /** The peer is not committed yet, so the local nonce stays secret. */
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
        /** Both sides are committed, and the local nonce is sent. */
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
        /** The actor checks the peer's nonce against its commitment. */
        checking: {
          on: {
            'code.derived': { target: 'comparable', actions: 'setSafetyCode' },
            'commitment.mismatched': {
              target: '#verification.aborted',
              actions: { type: 'setReason', params: { reason: 'commitmentMismatch' } },
            },
          },
        },
        /** The user has not compared the code yet. */
        comparable: { on: { 'user.confirmed': 'verified', 'user.denied': 'mismatched' } },
        verified: { entry: 'setVerified', on: { 'user.denied': 'mismatched' } },
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
    /** `reason` says why. Only a new connection starts another exchange. */
    aborted: { on: { 'channel.closed': { guard: 'isCurrentConnection', target: 'idle' } } },
  },
  on: { 'channel.opened': { target: '.active', reenter: true, actions: 'setConnection' } },
})
