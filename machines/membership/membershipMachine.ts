import { assertEvent, assign, emit, setup } from 'xstate'
import { timers } from '../protocol/timeouts.ts'
import type { Code, Joined, Presence } from '../protocol/messages.ts'

/** One person's visit to a room: from the lobby's mirror to the door and out again. */

export interface VisitContext {
  /** The room's state as far as this visitor is told; `empty` while outside. */
  room: 'empty' | 'created' | 'ready' | 'full'
  peer: Presence
  /** Theirs: they are away because it was closed, perhaps only to be loaded again; or here with one that was loaded anew. */
  page: 'open' | 'closed' | 'renewed'
  /** Why entering, or staying, was refused. Set in `inside.unseated` and `outside.refused`. */
  code: Code | null
}

export type VisitFact =
  // of the person
  | { type: 'user.joined' } | { type: 'user.left' } | { type: 'user.rejoined' }
  /** The page was loaded anew while its person had a seat. */
  | { type: 'page.reloaded' }
  // of the link
  | { type: 'seat.given'; state: Joined['state']; peer: Presence }
  /** `isCalling`: a call is up between the two pages, which needs no seat. */
  | { type: 'seat.refused'; code: Code; isCalling: boolean }
  | { type: 'seat.taken' }
  | { type: 'link.lost' }
  // of the room
  | { type: 'room.ready' } | { type: 'room.full' }
  | { type: 'peer.away'; closes: boolean } | { type: 'peer.back'; fresh: boolean } | { type: 'peer.left' }
  // of the call
  | { type: 'call.ended' }

/** What a visit wants of the link. */
export type VisitEffect = { type: 'entry.asked' } | { type: 'seat.released' } | { type: 'seat.abandoned' }

export const visit = setup({
  types: { context: {} as VisitContext, events: {} as VisitFact, emitted: {} as VisitEffect },
  guards: {
    isCalling: ({ event }) => event.type === 'seat.refused' && event.isCalling,
  },
  actions: {
    noteSeat: assign(({ event }) => {
      assertEvent(event, 'seat.given')
      return { room: event.state, peer: event.peer, page: 'open' as const, code: null }
    }),
    noteCode: assign(({ event }) => {
      assertEvent(event, 'seat.refused')
      return { code: event.code }
    }),
    noteReady: assign({ room: 'ready', peer: ({ context }) => (context.peer === 'absent' ? 'here' : context.peer) }),
    noteFull: assign({ room: 'full' }),
    notePeerHere: assign(({ event }) => {
      assertEvent(event, 'peer.back')
      return { peer: 'here', page: event.fresh ? 'renewed' : 'open' } as const
    }),
    notePeerAway: assign(({ event }) => {
      assertEvent(event, 'peer.away')
      return { peer: 'away', page: event.closes ? 'closed' : 'open' } as const
    }),
    notePeerAbsent: assign({ room: 'created', peer: 'absent', page: 'open' }),
    forgetRoom: assign({ room: 'empty', peer: 'absent', page: 'open' }),
    forgetCode: assign({ code: null }),
    /** Ask for a seat; with the same key until it is answered. */
    askEntry: emit({ type: 'entry.asked' }),
    /** Give the seat back: it is free for another. */
    releaseSeat: emit({ type: 'seat.released' }),
    /** The seat is no longer ours: be quiet. */
    abandonSeat: emit({ type: 'seat.abandoned' }),
  },
  delays: { seatPause: timers.seatPause },
}).createMachine({
  id: 'visit',
  context: { room: 'empty', peer: 'absent', page: 'open', code: null },
  initial: 'lobby',
  states: {
    /** Before the mirror: camera, microphone, *Join*. */
    lobby: {
      on: { 'user.joined': 'entering', 'page.reloaded': 'entering' },
    },
    /** At the door: the server is asked for a seat. */
    entering: {
      entry: ['forgetCode', 'askEntry'],
      on: {
        'seat.given': { target: 'inside', actions: 'noteSeat' },
        'seat.refused': { target: 'outside.refused', actions: 'noteCode' },
        'user.left': { target: 'outside.left', actions: 'releaseSeat' },
      },
    },
    inside: {
      initial: 'online',
      states: {
        online: { on: { 'link.lost': 'offline' } },
        /** The link is being mended; the call does not need it. */
        offline: {},
        /** The server refused the seat (`code` says why) while the call goes on. The page keeps asking for one. */
        unseated: {
          initial: 'pausing',
          states: {
            pausing: { after: { seatPause: 'asking' } },
            asking: { entry: 'askEntry' },
          },
          on: { 'call.ended': { target: '#visit.outside.refused', actions: 'abandonSeat' } },
        },
      },
      on: {
        'seat.given': { target: '.online', actions: 'noteSeat' },
        'seat.refused': [
          { guard: 'isCalling', target: '.unseated', actions: 'noteCode' },
          { target: 'outside.refused', actions: ['noteCode', 'abandonSeat'] },
        ],
        'seat.taken': { target: 'outside.elsewhere', actions: ['forgetCode', 'abandonSeat'] },
        'user.left': { target: 'outside.left', actions: ['forgetCode', 'releaseSeat'] },
        'room.ready': { actions: 'noteReady' },
        'room.full': { actions: 'noteFull' },
        'peer.away': { actions: 'notePeerAway' },
        'peer.back': { actions: 'notePeerHere' },
        'peer.left': { actions: 'notePeerAbsent' },
      },
    },
    outside: {
      entry: 'forgetRoom',
      initial: 'left',
      states: {
        left: {},
        /** `code` says why. */
        refused: {},
        /** The seat is used in another tab or window. */
        elsewhere: {},
      },
      on: { 'user.rejoined': 'entering' },
    },
  },
})
