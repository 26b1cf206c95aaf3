import { and, assertEvent, assign, cancel, emit, enqueueActions, fromCallback, or, raise, sendTo, setup } from 'xstate'
import type { LinkContext, LinkEffect, LinkFact, SocketFact, SocketOrder } from './signalingEvents.ts'
import { timers } from '../protocol/timeouts.ts'

/** The browser's line to the server: one socket after the other, and the seat that is asked for over them. */

export const link = setup({
  types: {
    context: {} as LinkContext,
    events: {} as LinkFact,
    emitted: {} as LinkEffect,
    input: {} as { room: string },
  },
  actors: {
    /** One WebSocket, from opening it to its end. */
    socket: fromCallback<SocketOrder, { room: string }, SocketFact>(() => {
      throw new Error('the browser provides the actor "socket"')
    }),
  },
  guards: {
    isWanted: ({ context }) => context.key !== null,
    isReturning: ({ context }) => context.token !== null,
    isSeatLost: ({ event }) => event.type === 'visit.refused' && event.code === 'seat-lost',
    /** The server cannot say now: that is no answer. */
    isPassing: ({ event }) => event.type === 'visit.refused' && (event.code === 'unavailable' || event.code === 'internal'),
    /** The server has too much to do, or too many rooms: it may take a page that comes back later. */
    isCrowded: ({ event }) => event.type === 'visit.refused' && (event.code === 'throttled' || event.code === 'server-full'),
    isDrain: ({ event }) => event.type === 'news.read' && event.news.type === 'drain',
    isChange: ({ context, event }) => event.type === 'flow.reported' && event.media !== context.media,
    isFlowing: ({ context }) => context.media === 'flowing',
    isResumed: ({ event }) => event.type === 'seat.given' && event.seat.resumed,
  },
  actions: {
    open: enqueueActions(({ context, enqueue }) => {
      enqueue.stopChild('socket')
      enqueue.spawnChild('socket', { id: 'socket', input: { room: context.room } })
    }),
    close: enqueueActions(({ enqueue }) => enqueue.stopChild('socket')),

    noteEntry: assign(({ event }) => {
      assertEvent(event, 'entry.asked')
      return { key: event.key, token: event.token, position: null, media: 'stopped' as const }
    }),
    /** The seat is gone, but perhaps not the room: enter it like anyone. */
    startAnew: assign(({ context, event }) => {
      assertEvent(event, 'visit.refused')
      return { key: event.key, token: null, former: context.token, position: null }
    }),
    noteSeat: assign(({ context, event }) => {
      assertEvent(event, 'seat.given')
      const { token, resumed } = event.seat
      return { token, former: null, position: event.position, media: resumed ? context.media : 'stopped' as const }
    }),
    notePosition: assign(({ event }) => {
      assertEvent(event, 'news.read')
      return { position: event.position }
    }),
    noteMedia: assign(({ event }) => {
      assertEvent(event, 'flow.reported')
      return { media: event.media }
    }),
    forgetSeat: assign({ key: null, token: null, position: null, media: 'stopped' }),

    /** Full jitter from the second attempt on: thousands who lost one server do not knock at the next in step. */
    lengthenPause: assign(({ context, event }) => {
      const longest = timers.reconnect[Math.min(context.attempts, timers.reconnect.length - 1)] ?? 0
      return { attempts: context.attempts + 1, pause: 'chance' in event ? event.chance * longest : longest }
    }),
    forgetAttempts: assign({ attempts: 0 }),

    visit: sendTo('socket', ({ context: { key, token, former, position, media } }) =>
      ({ type: 'visit', key: key ?? '', token, lastEventId: position, media, ...(former !== null && { former }) }) as const),
    report: sendTo('socket', ({ context }) => ({ type: 'report', media: context.media }) as const),
    probe: sendTo('socket', { type: 'probe' }),
    leave: sendTo('socket', (_, { mayReturn }: { mayReturn: boolean }) => ({ type: 'leave', mayReturn }) as const),

    tellSeat: emit(({ event }) => {
      assertEvent(event, 'seat.given')
      return { type: 'seat.given', seat: event.seat } as const
    }),
    tellRefusal: emit(({ event }) => {
      assertEvent(event, 'visit.refused')
      return { type: 'seat.refused', code: event.code } as const
    }),
    tellNews: emit(({ event }) => {
      assertEvent(event, 'news.read')
      return { type: 'news.read', news: event.news } as const
    }),
    tellRenewal: emit(({ event }) => {
      assertEvent(event, 'visit.refused')
      return { type: 'entry.renewed', key: event.key } as const
    }),
    tellFreed: emit({ type: 'seat.freed' }),
    tellLoss: emit({ type: 'link.lost' }),
    tellProof: emit({ type: 'line.proven' }),

    startDrain: raise({ type: 'drain.due' }, { id: 'drain', delay: ({ event }) =>
      event.type === 'news.read' && event.news.type === 'drain' ? event.news.delayMs : 0 }),
    stopDrain: cancel('drain'),
  },
  delays: {
    pause: ({ context }) => context.pause,
    openPatience: timers.openPatience,
    steady: timers.steady,
  },
}).createMachine({
  id: 'link',
  context: ({ input }) => ({ room: input.room, key: null, token: null, former: null, position: null, media: 'stopped', attempts: 0, pause: 0 }),
  initial: 'idle',
  states: {
    /** No line, and none wanted. */
    idle: {
      entry: 'close',
      on: {
        'page.opened': 'connecting',
        'entry.asked': { target: 'connecting', actions: 'noteEntry' },
      },
    },
    connecting: {
      entry: 'open',
      on: {
        'socket.opened': 'online',
        'socket.closed': { target: 'waiting', actions: 'lengthenPause' },
        'entry.asked': { actions: 'noteEntry' },
      },
      after: { openPatience: { target: 'waiting', actions: 'lengthenPause' } },
    },
    online: {
      initial: 'free',
      exit: 'stopDrain',
      states: {
        /** The line is there and asks for nothing: lobby, or after the visit. */
        free: { always: { guard: 'isWanted', target: 'entering' } },
        entering: {
          entry: 'visit',
          on: {
            'seat.given': { target: 'seated', actions: ['noteSeat', 'tellSeat'] },
            'page.closed': { actions: { type: 'leave', params: { mayReturn: true } } },
          },
          after: { openPatience: { target: '#link.waiting', actions: ['lengthenPause', 'tellLoss'] } },
        },
        seated: {
          /** A seat of before: the room may believe what was true before, and what was said meanwhile went nowhere. */
          entry: enqueueActions(({ enqueue, check }) => { if (check(or(['isFlowing', 'isResumed']))) enqueue('report') }),
          on: {
            'news.read': [
              { guard: 'isDrain', actions: ['notePosition', 'startDrain'] },
              { actions: ['notePosition', 'tellNews'] },
            ],
            'flow.reported': { guard: 'isChange', actions: ['noteMedia', 'report'] },
            'line.proven': { actions: 'tellProof' },
            'page.closed': { actions: { type: 'leave', params: { mayReturn: true } } },
          },
        },
      },
      on: {
        'entry.asked': { target: '.free', actions: 'noteEntry' },
        'seat.released': { target: '.free', actions: ['forgetSeat', { type: 'leave', params: { mayReturn: false } }] },
        'leave.heard': { actions: 'tellFreed' },
        'visit.refused': [
          { guard: and(['isSeatLost', 'isReturning']), target: '.free', actions: ['startAnew', 'tellRenewal'] },
          { guard: or(['isPassing', and(['isCrowded', 'isReturning'])]), target: 'waiting', actions: ['lengthenPause', 'tellLoss'] },
          { target: '.free', actions: ['forgetSeat', 'tellRefusal'] },
        ],
        'socket.closed': { target: 'waiting', actions: ['lengthenPause', 'tellLoss'] },
        'network.changed': { actions: 'probe' },
        'line.doubted': { actions: 'probe' },
        'drain.due': 'connecting',
      },
      after: { steady: { actions: 'forgetAttempts' } },
    },
    /** Between two attempts. */
    waiting: {
      entry: 'close',
      on: {
        'network.changed': 'connecting',
        'entry.asked': { target: 'connecting', actions: 'noteEntry' },
      },
      after: { pause: 'connecting' },
    },
  },
  on: {
    'seat.released': { actions: 'forgetSeat' },
    'seat.abandoned': { target: '.idle', actions: 'forgetSeat' },
    'flow.reported': { guard: 'isChange', actions: 'noteMedia' },
  },
})
