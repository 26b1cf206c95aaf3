import { assertEvent, assign, emit, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'
import type { ErrorCode, JoinedEvent, Presence } from '../protocol/messages.ts'

/** The user's membership of a room: lobby, joining, joined, left. */

export interface MembershipContext {
  /** The room's last known state; `empty` without a seat. */
  room: 'empty' | 'created' | 'ready' | 'full'
  peer: Presence
  /** The peer's page. `closed`: it was closed, perhaps for a reload. `reloaded`: the peer is here with a reloaded page. */
  peerPage: 'open' | 'closed' | 'reloaded'
  /** Why the server rejected the join. Set in `joined.withoutSeat` and `left.rejected`. */
  code: ErrorCode | null
}

export type MembershipEvent =
  // of the person
  | { type: 'user.joined' }
  | { type: 'user.left' }
  | { type: 'user.rejoined' }
  /** The page was loaded anew while its person had a seat. */
  | { type: 'page.reloaded' }
  // of signaling
  | { type: 'join.accepted'; state: JoinedEvent['state']; peer: Presence }
  /** `isCalling`: a call is up between the two pages, which needs no seat. */
  | { type: 'join.rejected'; code: ErrorCode; isCalling: boolean }
  | { type: 'seat.replaced' }
  | { type: 'signaling.lost' }
  // of the room
  | { type: 'room.ready' }
  | { type: 'room.full' }
  | { type: 'peer.disconnected'; pageClosing: boolean }
  | { type: 'peer.reconnected'; reloaded: boolean }
  | { type: 'peer.left' }
  // of the call
  | { type: 'call.ended' }

/** What membership emits, to signaling. */
export type MembershipEffect = { type: 'join.requested' } | { type: 'seat.released' } | { type: 'seat.relinquished' }

export const membershipMachine = setup({
  types: { context: {} as MembershipContext, events: {} as MembershipEvent, emitted: {} as MembershipEffect },
  guards: { isCalling: ({ event }) => event.type === 'join.rejected' && event.isCalling },
  actions: {
    setSeat: assign(({ event }) => {
      assertEvent(event, 'join.accepted')
      return { room: event.state, peer: event.peer, peerPage: 'open' as const, code: null }
    }),
    setCode: assign(({ event }) => {
      assertEvent(event, 'join.rejected')
      return { code: event.code }
    }),
    setRoomReady: assign({
      room: 'ready',
      peer: ({ context }) => (context.peer === 'absent' ? 'connected' : context.peer),
    }),
    setRoomFull: assign({ room: 'full' }),
    setPeerConnected: assign(({ event }) => {
      assertEvent(event, 'peer.reconnected')
      return { peer: 'connected', peerPage: event.reloaded ? 'reloaded' : 'open' } as const
    }),
    setPeerDisconnected: assign(({ event }) => {
      assertEvent(event, 'peer.disconnected')
      return { peer: 'disconnected', peerPage: event.pageClosing ? 'closed' : 'open' } as const
    }),
    setPeerAbsent: assign({ room: 'created', peer: 'absent', peerPage: 'open' }),
    clearRoom: assign({ room: 'empty', peer: 'absent', peerPage: 'open' }),
    clearCode: assign({ code: null }),
    /** Requests a seat, with the same key until it is answered. */
    requestJoin: emit({ type: 'join.requested' }),
    /** Gives the seat back. */
    releaseSeat: emit({ type: 'seat.released' }),
    /** The seat belongs to another page: nothing is sent any more. */
    relinquishSeat: emit({ type: 'seat.relinquished' }),
  },
  delays: { rejoinInterval: timeouts.rejoinIntervalMs },
}).createMachine({
  id: 'membership',
  context: { room: 'empty', peer: 'absent', peerPage: 'open', code: null },
  initial: 'lobby',
  states: {
    /** The preview: camera, microphone, *Join*. */
    lobby: { on: { 'user.joined': 'joining', 'page.reloaded': 'joining' } },
    /** A seat is requested. */
    joining: {
      entry: ['clearCode', 'requestJoin'],
      on: {
        'join.accepted': { target: 'joined', actions: 'setSeat' },
        'join.rejected': { target: 'left.rejected', actions: 'setCode' },
        'user.left': { target: 'left.byUser', actions: 'releaseSeat' },
      },
    },
    joined: {
      initial: 'online',
      states: {
        online: { on: { 'signaling.lost': 'offline' } },
        /** Signaling reconnects; the call goes on without it. */
        offline: {},
        /** The server rejected the seat (`code` says why) while the call goes on. The page keeps requesting one. */
        withoutSeat: {
          initial: 'waiting',
          states: { waiting: { after: { rejoinInterval: 'requesting' } }, requesting: { entry: 'requestJoin' } },
          on: { 'call.ended': { target: '#membership.left.rejected', actions: 'relinquishSeat' } },
        },
      },
      on: {
        'join.accepted': { target: '.online', actions: 'setSeat' },
        'join.rejected': [
          { guard: 'isCalling', target: '.withoutSeat', actions: 'setCode' },
          { target: 'left.rejected', actions: ['setCode', 'relinquishSeat'] },
        ],
        'seat.replaced': { target: 'left.replaced', actions: ['clearCode', 'relinquishSeat'] },
        'user.left': { target: 'left.byUser', actions: ['clearCode', 'releaseSeat'] },
        'room.ready': { actions: 'setRoomReady' },
        'room.full': { actions: 'setRoomFull' },
        'peer.disconnected': { actions: 'setPeerDisconnected' },
        'peer.reconnected': { actions: 'setPeerConnected' },
        'peer.left': { actions: 'setPeerAbsent' },
      },
    },
    left: {
      entry: 'clearRoom',
      initial: 'byUser',
      states: {
        byUser: {},
        /** `code` says why. */
        rejected: {},
        /** The seat is used in another tab or window. */
        replaced: {},
      },
      on: { 'user.rejoined': 'joining' },
    },
  },
})
