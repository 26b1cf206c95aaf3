import { assertEvent, assign, cancel, emit, enqueueActions, fromCallback, raise, sendTo, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'
import {
  type PreparationContext,
  type PreparationEffect,
  type PreparationEvent,
  preparationEventDescriptions,
  type PreparationSide,
  type PreparedConnectionCommand,
  type PreparedConnectionEvent,
} from './preparationEvents.ts'

/**
 * One end of a prepared connection: made while the visitor is in the lobby, over the relay and without media. Nothing is
 * sent before the visitor joins or the holder admits it, and without a seat it is closed again.
 */
export const preparationMachine = setup({
  types: { context: {} as PreparationContext, events: {} as PreparationEvent, emitted: {} as PreparationEffect },
  actors: {
    /** One RTCPeerConnection with empty senders. */
    connection: fromCallback<
      PreparedConnectionCommand,
      { side: PreparationSide; failures: number },
      PreparedConnectionEvent
    >(() => {
      throw new Error('the browser provides the actor "connection"')
    }),
  },
  guards: {
    mayRequest: ({ context }) => context.isAvailable && !context.isHidden,
    isHiddenVisitor: ({ context }) => context.isHidden && context.side === 'visitor',
    isVisitor: ({ context }) => context.side === 'visitor',
    /** Each view of the lobby repeats the offer. */
    isFirstOffer: ({ context }) => !context.hasOffer,
    isSameAttempt: ({ context, event }) => event.type === 'attempt.started' && event.id === context.attempt,
    isThisAttempt: ({ context, event }) => event.type === 'seat.confirmed' && event.id === context.attempt,
  },
  actions: {
    setAvailable: assign({ isAvailable: true }),
    setUnavailable: assign({ isAvailable: false }),
    setAttempt: assign(({ event }) => {
      assertEvent(event, 'attempt.started')
      return { attempt: event.id, side: event.side, isAvailable: false, hasOffer: false }
    }),
    clearAttempt: assign({ attempt: null, side: 'visitor', hasOffer: false }),
    setHasOffer: assign({ hasOffer: true }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    resetFailures: assign({ failures: 0 }),
    openConnection: enqueueActions(({ context: { side, failures }, enqueue }) => {
      enqueue.stopChild('connection')
      enqueue.spawnChild('connection', { id: 'connection', input: { side, failures } })
    }),
    closeConnection: enqueueActions(({ enqueue }) => enqueue.stopChild('connection')),
    releaseConnection: enqueueActions(({ enqueue }) => {
      enqueue.sendTo('connection', { type: 'release' })
      enqueue.stopChild('connection')
    }),
    applyOffer: sendTo('connection', ({ event }) => {
      assertEvent(event, 'offer.received')
      return { type: 'applyOffer', sdp: event.sdp } as const
    }),
    applyAnswer: sendTo('connection', ({ event }) => {
      assertEvent(event, 'answer.received')
      return { type: 'applyAnswer', sdp: event.sdp } as const
    }),
    announce: sendTo('connection', { type: 'announce' }),
    fillSenders: sendTo('connection', { type: 'fillSenders' }),
    request: emit({ type: 'step.taken', step: { type: 'request' } }),
    sendDescription: enqueueActions(({ context: { side, attempt }, event, enqueue }) => {
      assertEvent(event, 'description.created')
      if (attempt === null) return
      const type = side === 'holder' ? 'offer' : 'answer'
      enqueue.emit({ type: 'step.taken', step: { type, id: attempt, sdp: event.sdp } })
    }),
    endAttempt: enqueueActions(({ context: { attempt }, enqueue }) => {
      if (attempt !== null) enqueue.emit({ type: 'step.taken', step: { type: 'end', id: attempt } })
    }),
    startHiddenTimeout: raise({ type: 'page.timedOut' }, { id: 'hidden', delay: 'preparedHidden' }),
    cancelHiddenTimeout: cancel('hidden'),
    setHidden: assign({ isHidden: true }),
    setShown: assign({ isHidden: false }),
  },
  delays: {
    /** None before the first attempt. The pause grows with each failure. */
    pause: ({ context: { failures } }) =>
      failures === 0 ? 0 : Math.min(timeouts.prepareAgainMs * 2 ** (failures - 1), timeouts.prepareAgainMaxMs),
    prepareTimeout: timeouts.prepareTimeoutMs,
    preparedMaxAge: timeouts.preparedMaxAgeMs,
    preparedHidden: timeouts.preparedHiddenMs,
    joinConfirmation: timeouts.joinConfirmationMs,
  },
}).createMachine({
  id: 'preparation',
  description: 'A connection that the holder and a visitor in the lobby make before the visitor joins.',
  meta: { events: preparationEventDescriptions },
  context: { side: 'visitor', attempt: null, isAvailable: false, isHidden: false, hasOffer: false, failures: 0 },
  initial: 'idle',
  states: {
    idle: {
      description: 'There’s no attempt.',
      entry: ['closeConnection', 'clearAttempt'],
      always: { guard: 'mayRequest', target: 'pausing' },
    },
    pausing: {
      description: 'The visitor waits before it requests an attempt.',
      always: { guard: 'isHiddenVisitor', target: 'idle' },
      after: { pause: 'requested' },
    },
    requested: {
      description: 'The visitor requested an attempt from the server.',
      entry: 'request',
      after: { prepareTimeout: { target: 'pausing', actions: 'countFailure' } },
    },
    attempting: {
      description: 'The server relays the descriptions of this attempt.',
      initial: 'connecting',
      always: { guard: 'isHiddenVisitor', target: 'idle', actions: 'endAttempt' },
      states: {
        connecting: {
          description: 'The two pages exchange an offer and an answer, and connect over the relay.',
          entry: 'openConnection',
          on: {
            'description.created': { actions: 'sendDescription' },
            'offer.received': { guard: 'isFirstOffer', actions: ['setHasOffer', 'applyOffer'] },
            'answer.received': { actions: 'applyAnswer' },
            'connection.opened': 'prepared',
            /** The holder could not connect, or its page knows no preparation. */
            'attempt.available': { target: '#preparation.idle', actions: ['setAvailable', 'countFailure'] },
          },
          after: { prepareTimeout: { target: '#preparation.idle', actions: ['countFailure', 'endAttempt'] } },
        },
        prepared: {
          description: 'The connection is ready and sends nothing but consent checks.',
          entry: 'resetFailures',
          on: {
            'user.claimed': { target: 'claimed', actions: ['announce', 'fillSenders'] },
            'peer.claimed': { target: 'claimed', actions: 'fillSenders' },
            'seat.confirmed': { guard: 'isThisAttempt', target: '#preparation.idle', actions: 'releaseConnection' },
          },
          after: { preparedMaxAge: { guard: 'isVisitor', target: '#preparation.idle', actions: 'endAttempt' } },
        },
        claimed: {
          description: 'The visitor joins. Media is sent while the server confirms the seat.',
          on: {
            'seat.confirmed': { guard: 'isThisAttempt', target: '#preparation.idle', actions: 'releaseConnection' },
          },
          after: { joinConfirmation: { target: '#preparation.idle', actions: 'endAttempt' } },
        },
      },
      on: {
        'attempt.started': [{ guard: 'isSameAttempt' }, { target: 'attempting', reenter: true, actions: 'setAttempt' }],
        'attempt.available': { target: 'idle', actions: 'setAvailable' },
        'attempt.unavailable': 'idle',
        'seat.confirmed': { target: 'idle', actions: 'endAttempt' },
        'seat.rejected': { target: 'idle', actions: 'endAttempt' },
        'connection.failed': { target: 'idle', actions: ['countFailure', 'endAttempt'] },
        'network.changed': { target: 'idle', actions: 'endAttempt' },
      },
    },
  },
  on: {
    'attempt.available': { actions: 'setAvailable' },
    'attempt.unavailable': { target: '.idle', actions: 'setUnavailable' },
    'attempt.started': { target: '.attempting', actions: 'setAttempt' },
    /** In the room no attempt is requested. */
    'seat.confirmed': { target: '.idle', actions: 'setUnavailable' },
    'page.hidden': { actions: 'startHiddenTimeout' },
    'page.shown': { actions: ['cancelHiddenTimeout', 'setShown'] },
    'page.timedOut': { actions: 'setHidden' },
  },
})
