import { assertEvent, assign, emit, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'
import type { ErrorCode, HangupMessageReason, JoinedEvent, Presence } from '../protocol/messages.ts'

export interface MembershipContext {
  /** The room's last known state; `empty` without a seat. */
  room: 'empty' | 'created' | 'ready' | 'full'
  peer: Presence
  /** State of the peer's page. `closed`: announced, perhaps for a reload. `reloaded`: back after a reload. */
  peerPage: 'open' | 'closed' | 'reloaded'
  /** Why the server rejected the join. Set in `joined.withoutSeat` and `left.rejected`. */
  code: ErrorCode | null
}

export type MembershipEvent =
  // from the user
  | { type: 'user.joined' }
  /** The user hung up, or cancelled while joining. `reason`: the page did it, because the call cannot work. */
  | { type: 'user.hungUp'; reason?: HangupMessageReason }
  | { type: 'user.rejoined' }
  /** The page was reloaded while it had a seat. */
  | { type: 'page.reloaded' }
  // from signaling
  | { type: 'join.accepted'; state: JoinedEvent['state']; peer: Presence }
  /** `isCalling`: a call is up, which does not need a seat. */
  | { type: 'join.rejected'; code: ErrorCode; isCalling: boolean }
  | { type: 'seat.replaced' }
  | { type: 'signaling.lost' }
  // from the room
  | { type: 'room.ready' }
  | { type: 'room.full' }
  | { type: 'peer.disconnected'; pageClosing: boolean }
  | { type: 'peer.reconnected'; reloaded: boolean }
  | { type: 'peer.left' }
  // from the call
  | { type: 'call.ended' }

/**
 * `join.requested` goes to signaling. The other two end the stay, for the call and for signaling:
 * `seat.released` notifies the peer and the server; after `seat.relinquished`, this page sends nothing more.
 */
export type MembershipEffect =
  { type: 'join.requested' } | { type: 'seat.released'; reason?: HangupMessageReason } | { type: 'seat.relinquished' }

/** The user's membership of a room: lobby, joining, joined, left. */
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
    /** A retry uses the same key until the server answers. */
    requestJoin: emit({ type: 'join.requested' }),
    releaseSeat: emit(({ event }) => {
      assertEvent(event, 'user.hungUp')
      return { type: 'seat.released', ...(event.reason && { reason: event.reason }) } as const
    }),
    /** Another page has the seat, so this page sends nothing more. */
    relinquishSeat: emit({ type: 'seat.relinquished' }),
  },
  delays: { rejoinInterval: timeouts.rejoinIntervalMs },
}).createMachine({
  id: 'membership',
  context: { room: 'empty', peer: 'absent', peerPage: 'open', code: null },
  initial: 'lobby',
  states: {
    /** The preview of camera and microphone, with *Join*. */
    lobby: { on: { 'user.joined': 'joining', 'page.reloaded': 'joining' } },
    joining: {
      entry: ['clearCode', 'requestJoin'],
      on: {
        'join.accepted': { target: 'joined', actions: 'setSeat' },
        'join.rejected': { target: 'left.rejected', actions: 'setCode' },
        'user.hungUp': { target: 'left.byUser', actions: 'releaseSeat' },
      },
    },
    joined: {
      initial: 'online',
      states: {
        online: { on: { 'signaling.lost': 'offline' } },
        /** Signaling reconnects. The call continues without it. */
        offline: {},
        /** The server rejected the seat (see `code`) while the call continues. The page requests a seat repeatedly. */
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
        'user.hungUp': { target: 'left.byUser', actions: ['clearCode', 'releaseSeat'] },
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
        /** The context has the error code. */
        rejected: {},
        /** Another tab or window took over the seat. */
        replaced: {},
      },
      on: { 'user.rejoined': 'joining' },
    },
  },
})
