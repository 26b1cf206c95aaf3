import { assertEvent, assign, emit, enqueueActions, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'
import type { Door, ErrorCode, HangupMessageReason, JoinedEvent, Presence, RoomView } from '../protocol/messages.ts'
import type { CallEndReason, RoomPolicy } from '../protocol/vocabulary.ts'

export interface MembershipContext {
  /** The room's last known state; `empty` without a seat. */
  room: 'empty' | 'created' | 'ready' | 'full'
  peer: Presence
  /** State of the peer's page. `closed`: announced, perhaps for a reload. `reloaded`: back after a reload. */
  peerPage: 'open' | 'closed' | 'reloaded'
  /** The policy of the room, as the lobby or the seat shows it. */
  policy: RoomPolicy
  /** The lobby shows that no seat is free now. */
  isRoomFull: boolean
  /** The visitor at the door, for the page that waits; null without one. */
  visitor: Door['visitor']
  /** Why the last request for admission ended: another visitor is at the door, or the waiting person left. */
  askEnd: 'occupied' | 'left' | null
  /** Time in ms until this page may ask again. Set in `lobby.declined`. */
  retryAfterMs: number
  /** Why the server rejected the join. Set in `joined.withoutSeat` and `left.rejected`. */
  code: ErrorCode | null
}

export type MembershipEvent =
  // from the user
  | { type: 'user.joined' }
  | { type: 'user.asked'; name: string }
  | { type: 'user.withdrew' }
  /** The user hung up, or cancelled while joining. `reason`: the page did it, because the call cannot work. */
  | { type: 'user.hungUp'; reason?: HangupMessageReason }
  | { type: 'user.rejoined' }
  | { type: 'page.reloaded' }
  // from signaling
  | ({ type: 'visit.updated' } & RoomView)
  | { type: 'visit.rejected'; code: ErrorCode }
  /** Over the prepared connection, before the server. */
  | { type: 'peer.admitted' }
  | { type: 'join.accepted'; state: JoinedEvent['state']; peer: Presence; door?: Door | undefined }
  /** `isCalling`: a call is up, which does not need a seat. */
  | { type: 'join.rejected'; code: ErrorCode; isCalling: boolean }
  | { type: 'seat.replaced' }
  | { type: 'signaling.lost' }
  // from the room
  | { type: 'room.ready' }
  | { type: 'room.full' }
  | ({ type: 'door.changed' } & Door)
  | { type: 'peer.disconnected'; pageClosing: boolean }
  | { type: 'peer.reconnected'; reloaded: boolean }
  | { type: 'peer.left' }
  // from the call
  | { type: 'call.ended'; reason: CallEndReason }

/** The meaning of each event. `after.*` is a delayed transition. */
const membershipEventDescriptions = {
  'user.joined': 'The user pressed Join.',
  'user.asked': 'The user asks the waiting person for admission.',
  'user.withdrew': 'The user cancelled the request for admission.',
  'visit.updated': 'The server sent the room as a visitor sees it, and the state of the request for admission.',
  'peer.admitted': 'The waiting person admitted this visitor, over the prepared connection.',
  'visit.rejected': 'The server rejected the visit with a code.',
  'door.changed': 'The policy of the room or the visitor at the door has changed.',
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
  'call.ended': 'The call ended. A page without a seat leaves, and so does a page whose peer hung up or left.',
  'after.askAgain': 'The user may ask again.',
  'after.rejoinInterval': 'After 15 seconds, the page requests a seat again.',
} satisfies Record<MembershipEvent['type'] | `after.${string}`, string>

/**
 * `join.requested` goes to signaling. `ask.requested` asks for admission; `visit.requested` only observes the room, and
 * ends a request. After `ask.admitted` the join uses the key of the request. `seat.released` and `seat.relinquished` end the stay, for the call and for
 * signaling: the first notifies the peer and the server, after the second this page sends nothing more.
 * `handover.requested` asks the other tabs of this browser for their seat; with an answer the user rejoins.
 */
export type MembershipEffect =
  | { type: 'join.requested' }
  | { type: 'ask.requested'; name: string }
  | { type: 'ask.admitted' }
  | { type: 'visit.requested' }
  | { type: 'seat.released'; reason?: HangupMessageReason }
  | { type: 'seat.relinquished' }
  | { type: 'handover.requested' }

export const membershipMachine = setup({
  types: { context: {} as MembershipContext, events: {} as MembershipEvent, emitted: {} as MembershipEffect },
  guards: {
    isCalling: ({ event }) => event.type === 'join.rejected' && event.isCalling,
    isAskFirst: ({ event }) => event.type === 'join.rejected' && event.code === 'ask-first',
    isRoomEmpty: ({ event }) => event.type === 'visit.updated' && event.occupancy === 'empty',
    /** The holder admitted this page, or opened the room. */
    mayJoin: ({ event }) =>
      event.type === 'visit.updated' &&
      event.occupancy === 'waiting' &&
      (event.ask === 'admitted' || event.policy === 'open'),
    isAsking: ({ event }) => event.type === 'visit.updated' && event.ask === 'asking',
    isDeclined: ({ event }) => event.type === 'visit.updated' && event.ask === 'declined',
    hasPeerLeft: ({ event }) => event.type === 'call.ended' && (event.reason === 'remote' || event.reason === 'left'),
    isOpen: ({ event }) => event.type === 'visit.updated' && event.policy === 'open',
  },
  actions: {
    setSeat: assign(({ event }) => {
      assertEvent(event, 'join.accepted')
      return { room: event.state, peer: event.peer, peerPage: 'open' as const, code: null, ...event.door }
    }),
    setCode: assign(({ event }) => {
      assertEvent(event, ['join.rejected', 'visit.rejected'])
      return { code: event.code }
    }),
    setView: assign(({ event }) => {
      assertEvent(event, 'visit.updated')
      return { policy: event.policy, isRoomFull: event.occupancy === 'full' }
    }),
    setDeclined: assign(({ event }) => {
      assertEvent(event, 'visit.updated')
      return { retryAfterMs: event.retryAfterMs ?? timeouts.askAgainMs }
    }),
    setAskEnd: assign(({ event }) => {
      assertEvent(event, 'visit.updated')
      return { askEnd: event.occupancy === 'empty' ? 'left' : event.ask === 'occupied' ? 'occupied' : null } as const
    }),
    clearAskEnd: assign({ askEnd: null }),
    setAskFirst: assign({ policy: 'ask' }),
    setDoor: assign(({ event }) => {
      assertEvent(event, 'door.changed')
      return { policy: event.policy, visitor: event.visitor }
    }),
    requestVisit: emit({ type: 'visit.requested' }),
    ask: emit(({ event }) => {
      assertEvent(event, 'user.asked')
      return { type: 'ask.requested', name: event.name } as const
    }),
    confirmAdmission: emit({ type: 'ask.admitted' }),
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
    clearRoom: assign({ room: 'empty', peer: 'absent', peerPage: 'open', visitor: null, askEnd: null }),
    clearCode: assign({ code: null }),
    /** A retry uses the same key until the server answers. */
    requestJoin: emit({ type: 'join.requested' }),
    releaseSeat: emit(({ event }) => {
      assertEvent(event, ['user.hungUp', 'call.ended'])
      const reason = event.type === 'user.hungUp' ? event.reason : undefined
      return { type: 'seat.released', ...(reason && { reason }) } as const
    }),
    /** Another page has the seat, so this page sends nothing more. */
    relinquishSeat: emit({ type: 'seat.relinquished' }),
    /** In a full room, another tab of this browser may have a seat. This newer tab takes it over. */
    requestHandover: enqueueActions(({ context, enqueue }) => {
      if (context.code === 'full') enqueue.emit({ type: 'handover.requested' })
    }),
  },
  delays: { rejoinInterval: timeouts.rejoinIntervalMs, askAgain: ({ context }) => context.retryAfterMs },
}).createMachine({
  id: 'membership',
  description: 'The user’s membership of a room: lobby, joining, joined, left.',
  meta: { events: membershipEventDescriptions },
  context: {
    room: 'empty',
    peer: 'absent',
    peerPage: 'open',
    policy: 'open',
    isRoomFull: false,
    visitor: null,
    askEnd: null,
    retryAfterMs: 0,
    code: null,
  },
  initial: 'lobby',
  states: {
    lobby: {
      description: 'The user is in the lobby, with a preview and a Join button. The peer can’t see or hear them yet.',
      initial: 'alone',
      states: {
        alone: {
          description: 'Nobody else is known to be in the room.',
          on: {
            'visit.updated': [
              { guard: 'isRoomEmpty', actions: 'setView' },
              { target: 'atDoor', actions: ['setView', 'clearAskEnd'] },
            ],
          },
        },
        atDoor: {
          description: 'Someone is in the room. The policy decides whether the user may join or has to ask.',
          on: {
            'visit.updated': [
              { guard: 'isRoomEmpty', target: 'alone', actions: ['setView', 'clearAskEnd'] },
              { actions: 'setView' },
            ],
            'user.asked': { target: 'asking', actions: ['clearAskEnd', 'ask'] },
          },
        },
        asking: {
          description: 'The user asked the waiting person for admission.',
          on: {
            'visit.updated': [
              { guard: 'mayJoin', target: '#membership.joining', actions: ['setView', 'confirmAdmission'] },
              { guard: 'isAsking', actions: 'setView' },
              { guard: 'isDeclined', target: 'declined', actions: ['setView', 'setDeclined', 'requestVisit'] },
              { guard: 'isRoomEmpty', target: 'alone', actions: ['setView', 'setAskEnd', 'requestVisit'] },
              { target: 'atDoor', actions: ['setView', 'setAskEnd', 'requestVisit'] },
            ],
            'visit.rejected': { target: '#membership.left.rejected', actions: ['setCode', 'requestVisit'] },
            'peer.admitted': { target: '#membership.joining', actions: 'confirmAdmission' },
            'user.withdrew': { target: 'atDoor', actions: 'requestVisit' },
          },
        },
        declined: {
          description: 'The waiting person declined. The user may ask again after a while.',
          on: {
            'visit.updated': [
              { guard: 'isRoomEmpty', target: 'alone', actions: 'setView' },
              { guard: 'isOpen', target: 'atDoor', actions: 'setView' },
              { actions: 'setView' },
            ],
          },
          after: { askAgain: 'atDoor' },
        },
      },
      on: { 'user.joined': 'joining', 'page.reloaded': 'joining' },
    },
    joining: {
      description: 'The page requests a seat from the server.',
      entry: ['clearCode', 'requestJoin'],
      on: {
        'join.accepted': { target: 'joined', actions: 'setSeat' },
        'join.rejected': [
          { guard: 'isAskFirst', target: 'lobby.atDoor', actions: ['setAskFirst', 'requestVisit'] },
          { target: 'left.rejected', actions: 'setCode' },
        ],
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
        'door.changed': { actions: 'setDoor' },
        'peer.disconnected': { actions: 'setPeerDisconnected' },
        'peer.reconnected': { actions: 'setPeerConnected' },
        'peer.left': { actions: 'setPeerAbsent' },
        /** Nobody is seen or heard any more, so the page gives its seat and its devices back. */
        'call.ended': { guard: 'hasPeerLeft', target: 'left.byPeer', actions: ['clearCode', 'releaseSeat'] },
      },
    },
    left: {
      description: 'The page has no seat any more.',
      entry: 'clearRoom',
      initial: 'byUser',
      states: {
        byUser: { description: 'The user hung up, or cancelled while joining.' },
        byPeer: { description: 'The peer hung up or left, so the call is over. The user may call again.' },
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
