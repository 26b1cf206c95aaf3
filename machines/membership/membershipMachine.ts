import { assertEvent, assign, emit, enqueueActions, setup } from 'xstate'
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

/** The meaning of each event. `after.*` is a delayed transition. */
const membershipEventDescriptions = {
  'user.joined': 'The user pressed Join.',
  'user.hungUp': 'The user hung up, or cancelled while joining.',
  'user.rejoined': 'The user asked to join again.',
  'page.reloaded': 'The page was reloaded while it had a seat.',
  'join.accepted': 'The server gave the page a seat, or gave its seat back.',
  'join.rejected': 'The server rejected the join with a code. A running call doesn’t need a seat.',
  'seat.replaced': 'Another tab or window took over the seat.',
  'signaling.lost': 'The signaling connection is lost.',
  'room.ready': 'Both seats of the room are taken.',
  'room.full': 'Both holders reported that media flows.',
  'peer.disconnected': 'The peer’s socket closed. Their seat is kept.',
  'peer.reconnected': 'The peer’s signaling is connected again.',
  'peer.left': 'The peer’s seat is free.',
  'call.ended': 'The call ended, so a page without a seat leaves.',
  'after.rejoinInterval': 'After 15 seconds, the page requests a seat again.',
} satisfies Record<MembershipEvent['type'] | `after.${string}`, string>

/**
 * `join.requested` goes to signaling. `seat.released` and `seat.relinquished` end the stay, for the call and for
 * signaling: the first notifies the peer and the server, after the second this page sends nothing more.
 * `handover.requested` asks the other tabs of this browser for their seat; with an answer the user rejoins.
 */
export type MembershipEffect =
  | { type: 'join.requested' }
  | { type: 'seat.released'; reason?: HangupMessageReason }
  | { type: 'seat.relinquished' }
  | { type: 'handover.requested' }

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
    /** In a full room, another tab of this browser may have a seat. This newer tab takes it over. */
    requestHandover: enqueueActions(({ context, enqueue }) => {
      if (context.code === 'full') enqueue.emit({ type: 'handover.requested' })
    }),
  },
  delays: { rejoinInterval: timeouts.rejoinIntervalMs },
}).createMachine({
  id: 'membership',
  description: 'The user’s membership of a room: lobby, joining, joined, left.',
  meta: { events: membershipEventDescriptions },
  context: { room: 'empty', peer: 'absent', peerPage: 'open', code: null },
  initial: 'lobby',
  states: {
    lobby: {
      description: 'The user is in the lobby, with a preview and a Join button. The peer can’t see or hear them yet.',
      on: { 'user.joined': 'joining', 'page.reloaded': 'joining' },
    },
    joining: {
      description: 'The page requests a seat from the server.',
      entry: ['clearCode', 'requestJoin'],
      on: {
        'join.accepted': { target: 'joined', actions: 'setSeat' },
        'join.rejected': { target: 'left.rejected', actions: 'setCode' },
        'user.hungUp': { target: 'left.byUser', actions: 'releaseSeat' },
      },
    },
    joined: {
      description: 'The page has a seat.',
      initial: 'online',
      states: {
        online: { description: 'Signaling is connected.', on: { 'signaling.lost': 'offline' } },
        offline: { description: 'Signaling reconnects. The call doesn’t need it.' },
        withoutSeat: {
          description: 'The server rejected the seat while the call continues. An error code gives the reason.',
          initial: 'waiting',
          states: {
            waiting: {
              description: 'The page waits before it requests a seat again.',
              after: { rejoinInterval: 'requesting' },
            },
            requesting: { description: 'The page requests a seat.', entry: 'requestJoin' },
          },
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
      description: 'The page has no seat any more.',
      entry: 'clearRoom',
      initial: 'byUser',
      states: {
        byUser: { description: 'The user hung up, or cancelled while joining.' },
        rejected: {
          description:
            'The server rejected the join, or the seat is lost. An error code gives the reason. If the room is full, the page takes over the seat of another tab.',
          entry: 'requestHandover',
        },
        replaced: { description: 'Another tab or window took over the seat.' },
      },
      on: { 'user.rejoined': 'joining' },
    },
  },
})
