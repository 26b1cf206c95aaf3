import { and, assertEvent, assign, cancel, emit, enqueueActions, fromCallback, or, raise, sendTo, setup } from 'xstate'
import type {
  SignalingContext,
  SignalingEffect,
  SignalingEvent,
  SocketCommand,
  SocketEvent,
} from './signalingEvents.ts'
import { timeouts } from '../protocol/timeouts.ts'
import { signalingEventDescriptions } from './signalingEvents.ts'

/** Each attempt opens a new socket; the page never gives up. */
export const signalingMachine = setup({
  types: {
    context: {} as SignalingContext,
    events: {} as SignalingEvent,
    emitted: {} as SignalingEffect,
    input: {} as { room: string },
  },
  actors: {
    /** One WebSocket, from its opening to its close. */
    socket: fromCallback<SocketCommand, { room: string }, SocketEvent>(() => {
      throw new Error('the browser provides the actor "socket"')
    }),
  },
  guards: {
    wantsSeat: ({ context }) => context.joinKey !== null,
    hasToken: ({ context }) => context.token !== null,
    isSeatLost: ({ event }) => event.type === 'join.rejected' && event.code === 'seat-lost',
    isTransientError: ({ event }) =>
      event.type === 'join.rejected' && (event.code === 'unavailable' || event.code === 'internal'),
    /** The server is overloaded or has too many rooms. A page with a token retries later. */
    isOverloaded: ({ event }) =>
      event.type === 'join.rejected' && (event.code === 'throttled' || event.code === 'server-full'),
    isDrain: ({ event }) => event.type === 'event.received' && event.roomEvent.type === 'drain',
    isMediaChange: ({ context, event }) => event.type === 'media.reported' && event.mediaFlow !== context.mediaFlow,
    hasMedia: ({ context }) => context.mediaFlow === 'flowing',
    isResumed: ({ event }) => event.type === 'join.accepted' && event.seat.resumed,
  },
  actions: {
    openSocket: enqueueActions(({ context, enqueue }) => {
      enqueue.stopChild('socket')
      enqueue.spawnChild('socket', { id: 'socket', input: { room: context.room } })
    }),
    closeSocket: enqueueActions(({ enqueue }) => enqueue.stopChild('socket')),

    setJoinRequest: assign(({ event }) => {
      assertEvent(event, 'join.requested')
      return {
        joinKey: event.joinKey,
        token: event.token,
        policy: event.policy ?? null,
        selectedPolicy: null,
        visit: null,
        position: null,
        mediaFlow: 'stopped' as const,
      }
    }),
    /** The seat is lost, but the room may exist, so the page joins as a new visitor. */
    retryWithoutToken: assign(({ context, event }) => {
      assertEvent(event, 'join.rejected')
      return { joinKey: event.joinKey, token: null, formerToken: context.token, position: null }
    }),
    setSeat: assign(({ context, event }) => {
      assertEvent(event, 'join.accepted')
      const { token, resumed, door } = event.seat
      return {
        token,
        formerToken: null,
        policy: door?.policy ?? context.policy,
        selectedPolicy: door?.policy === context.selectedPolicy ? null : context.selectedPolicy,
        position: event.position,
        // The call of a page with a token goes on, although the server may have lost the room.
        mediaFlow: resumed || context.token !== null ? context.mediaFlow : ('stopped' as const),
      }
    }),
    /** After a server crash the next join states the policy, so the room does not admit more visitors than before. */
    setPosition: assign(({ context, event }) => {
      assertEvent(event, 'event.received')
      const { position, roomEvent } = event
      if (roomEvent.type !== 'door') return { position }
      const { policy } = roomEvent
      return { position, policy, selectedPolicy: policy === context.selectedPolicy ? null : context.selectedPolicy }
    }),
    setSelectedPolicy: assign(({ event }) => {
      assertEvent(event, 'policy.selected')
      return { selectedPolicy: event.policy }
    }),
    setVisit: assign(({ event }) => {
      assertEvent(event, 'visit.requested')
      return { visit: { ask: event.ask } }
    }),
    visit: enqueueActions(({ context, enqueue }) => {
      if (context.visit) enqueue.sendTo('socket', { type: 'visit', ask: context.visit.ask })
    }),
    /** These events of the user are commands to the socket, too. */
    forwardToSocket: sendTo('socket', ({ event }) => {
      assertEvent(event, ['visitor.answered', 'policy.selected', 'preparation.stepped'])
      return event
    }),
    /** The selection on a lost socket may not have arrived. */
    resendPolicy: enqueueActions(({ context: { selectedPolicy }, enqueue }) => {
      if (selectedPolicy) enqueue.sendTo('socket', { type: 'policy.selected', policy: selectedPolicy })
    }),
    emitVisit: emit(({ event }) => {
      assertEvent(event, ['visit.updated', 'visit.rejected'])
      return event
    }),
    setMedia: assign(({ event }) => {
      assertEvent(event, 'media.reported')
      return { mediaFlow: event.mediaFlow }
    }),
    clearSeat: assign({ joinKey: null, token: null, position: null, mediaFlow: 'stopped', selectedPolicy: null }),

    /** Full jitter from the second attempt on, so that the clients of a lost server do not reconnect in step. */
    increaseBackoff: assign(({ context, event }) => {
      const maxMs = timeouts.reconnectDelaysMs[Math.min(context.attempts, timeouts.reconnectDelaysMs.length - 1)] ?? 0
      return { attempts: context.attempts + 1, backoffMs: 'random' in event ? event.random * maxMs : maxMs }
    }),
    resetAttempts: assign({ attempts: 0 }),

    join: sendTo('socket', ({ context }) => {
      const { joinKey, token, formerToken, position, mediaFlow } = context
      const policy = context.selectedPolicy ?? context.policy
      return {
        type: 'join',
        joinKey: joinKey ?? '',
        token,
        lastEventId: position,
        mediaFlow,
        ...(formerToken !== null && { formerToken }),
        ...(policy !== null && { policy }),
      } as const
    }),
    reportMedia: sendTo('socket', ({ context }) => ({ type: 'reportMedia', mediaFlow: context.mediaFlow }) as const),
    probe: sendTo('socket', { type: 'probe' }),
    leave: sendTo(
      'socket',
      (_, { pageClosing }: { pageClosing: boolean }) => ({ type: 'leave', pageClosing }) as const,
    ),

    emitJoinAccepted: emit(({ event }) => {
      assertEvent(event, 'join.accepted')
      return { type: 'join.accepted', seat: event.seat } as const
    }),
    emitJoinRejected: emit(({ event }) => {
      assertEvent(event, 'join.rejected')
      return { type: 'join.rejected', code: event.code } as const
    }),
    emitEventReceived: emit(({ event }) => {
      assertEvent(event, 'event.received')
      return { type: 'event.received', roomEvent: event.roomEvent } as const
    }),
    emitKeyRenewed: emit(({ event }) => {
      assertEvent(event, 'join.rejected')
      return { type: 'join.keyRenewed', joinKey: event.joinKey } as const
    }),
    emitLeaveAcknowledged: emit({ type: 'leave.acknowledged' }),
    emitSignalingLost: emit({ type: 'signaling.lost' }),
    emitSignalingAlive: emit({ type: 'signaling.alive' }),

    scheduleDrain: raise(
      { type: 'drain.due' },
      {
        id: 'drain',
        delay: ({ event }) =>
          event.type === 'event.received' && event.roomEvent.type === 'drain' ? event.roomEvent.delayMs : 0,
      },
    ),
    cancelDrain: cancel('drain'),
  },
  delays: {
    backoff: ({ context }) => context.backoffMs,
    openTimeout: timeouts.openTimeoutMs,
    stableAfter: timeouts.stableAfterMs,
    revisitInterval: timeouts.rejoinIntervalMs,
  },
}).createMachine({
  id: 'signaling',
  description: 'The signaling connection: one WebSocket at a time, and the join request sent over it.',
  meta: { events: signalingEventDescriptions },
  context: ({ input }) => ({
    room: input.room,
    joinKey: null,
    token: null,
    formerToken: null,
    // The page opens in the lobby.
    visit: { ask: null },
    policy: null,
    selectedPolicy: null,
    position: null,
    mediaFlow: 'stopped',
    attempts: 0,
    backoffMs: 0,
  }),
  initial: 'idle',
  states: {
    idle: {
      description: 'There’s no socket, and none is needed.',
      entry: 'closeSocket',
      on: { 'page.opened': 'connecting', 'join.requested': { target: 'connecting', actions: 'setJoinRequest' } },
    },
    connecting: {
      description: 'A socket is opening.',
      entry: 'openSocket',
      on: {
        'socket.opened': 'connected',
        'socket.closed': { target: 'backoff', actions: 'increaseBackoff' },
        'join.requested': { actions: 'setJoinRequest' },
      },
      after: { openTimeout: { target: 'backoff', actions: 'increaseBackoff' } },
    },
    connected: {
      description: 'The socket is open.',
      initial: 'idle',
      exit: 'cancelDrain',
      states: {
        idle: {
          description: 'No seat is requested: the user is in the lobby, or has left.',
          initial: 'visiting',
          states: {
            visiting: { description: 'The lobby shows each change of the room.', entry: 'visit' },
            /** A rate limit may be the reason. Without another visit the lobby would show the old view for ever. */
            visitRejected: {
              description: 'The server rejected the visit. The page tries again later.',
              after: { revisitInterval: 'visiting' },
            },
          },
          on: {
            'visit.requested': { target: '.visiting', actions: 'setVisit' },
            'visit.updated': { actions: 'emitVisit' },
            'visit.rejected': { target: '.visitRejected', actions: 'emitVisit' },
          },
          always: { guard: 'wantsSeat', target: 'joining' },
        },
        joining: {
          description: 'The page requests a seat.',
          entry: 'join',
          on: {
            'join.accepted': { target: 'joined', actions: ['setSeat', 'emitJoinAccepted'] },
            'page.closing': { actions: { type: 'leave', params: { pageClosing: true } } },
          },
          after: { openTimeout: { target: '#signaling.backoff', actions: ['increaseBackoff', 'emitSignalingLost'] } },
        },
        joined: {
          description: 'The page has a seat and receives the events of its mailbox.',
          /** Reports during the outage were lost, so the room may hold an old media state. */
          entry: enqueueActions(({ enqueue, check }) => {
            if (check(or(['hasMedia', 'isResumed']))) enqueue('reportMedia')
            enqueue('resendPolicy')
          }),
          on: {
            'event.received': [
              { guard: 'isDrain', actions: ['setPosition', 'cancelDrain', 'scheduleDrain'] },
              { actions: ['setPosition', 'emitEventReceived'] },
            ],
            'media.reported': { guard: 'isMediaChange', actions: ['setMedia', 'reportMedia'] },
            'signaling.alive': { actions: 'emitSignalingAlive' },
            'visitor.answered': { actions: 'forwardToSocket' },
            'policy.selected': { actions: ['setSelectedPolicy', 'forwardToSocket'] },
            'page.closing': { actions: { type: 'leave', params: { pageClosing: true } } },
          },
        },
      },
      on: {
        'join.requested': { target: '.idle', actions: 'setJoinRequest' },
        'seat.released': { target: '.idle', actions: ['clearSeat', { type: 'leave', params: { pageClosing: false } }] },
        'leave.acknowledged': { actions: 'emitLeaveAcknowledged' },
        'join.rejected': [
          { guard: and(['isSeatLost', 'hasToken']), target: '.idle', actions: ['retryWithoutToken', 'emitKeyRenewed'] },
          {
            guard: or(['isTransientError', and(['isOverloaded', 'hasToken'])]),
            target: 'backoff',
            actions: ['increaseBackoff', 'emitSignalingLost'],
          },
          { target: '.idle', actions: ['clearSeat', 'emitJoinRejected'] },
        ],
        'socket.closed': { target: 'backoff', actions: ['increaseBackoff', 'emitSignalingLost'] },
        'preparation.stepped': { actions: 'forwardToSocket' },
        'network.changed': { actions: 'probe' },
        'signaling.suspected': { actions: 'probe' },
        'drain.due': 'connecting',
      },
      after: { stableAfter: { actions: 'resetAttempts' } },
    },
    backoff: {
      description: 'The page waits before the next attempt.',
      entry: 'closeSocket',
      on: { 'network.changed': 'connecting', 'join.requested': { target: 'connecting', actions: 'setJoinRequest' } },
      after: { backoff: 'connecting' },
    },
  },
  on: {
    'visit.requested': { actions: 'setVisit' },
    'policy.selected': { guard: 'wantsSeat', actions: 'setSelectedPolicy' },
    'seat.released': { actions: 'clearSeat' },
    'seat.relinquished': { target: '.idle', actions: 'clearSeat' },
    'media.reported': { guard: 'isMediaChange', actions: 'setMedia' },
  },
})
