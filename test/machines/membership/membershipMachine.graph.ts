import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Membership = SnapshotFrom<typeof membershipMachine>
type Fact = EventFromLogic<typeof membershipMachine>

/** All events of a user, the signaling connection and the room, at any time. Late events must do no harm. */
const facts: Fact[] = [
  { type: 'user.joined' },
  { type: 'user.asked', name: 'Ben' },
  { type: 'user.withdrew' },
  { type: 'user.hungUp' },
  { type: 'user.hungUp', reason: 'unsupported' },
  { type: 'user.rejoined' },
  { type: 'page.reloaded' },
  ...(['created', 'ready', 'full'] as const).flatMap((state) =>
    (['absent', 'connected', 'disconnected'] as const)
      .filter((peer) => (peer === 'absent') === (state === 'created'))
      .map((peer) => ({ type: 'join.accepted', state, peer }) as const),
  ),
  ...(
    [
      { occupancy: 'empty', policy: 'ask', ask: 'none' },
      { occupancy: 'waiting', policy: 'open', ask: 'none' },
      { occupancy: 'full', policy: 'open', ask: 'none' },
      { occupancy: 'waiting', policy: 'locked', ask: 'none' },
      { occupancy: 'waiting', policy: 'ask', ask: 'asking' },
      { occupancy: 'waiting', policy: 'ask', ask: 'admitted' },
      { occupancy: 'waiting', policy: 'ask', ask: 'declined', retryAfterMs: 7 },
      { occupancy: 'waiting', policy: 'ask', ask: 'occupied' },
    ] as const
  ).map((view) => ({ type: 'visit.updated', ...view }) as const),
  { type: 'visit.rejected', code: 'throttled' },
  { type: 'peer.admitted' },
  { type: 'door.changed', policy: 'ask', visitor: { id: 3, name: 'Ben', isAdmitted: false } },
  { type: 'door.changed', policy: 'open', visitor: null },
  ...(['full', 'seat-lost', 'ask-first'] as const).flatMap((code) =>
    [true, false].map((isCalling) => ({ type: 'join.rejected', code, isCalling }) as const),
  ),
  { type: 'seat.replaced' },
  { type: 'signaling.lost' },
  { type: 'room.ready' },
  { type: 'room.full' },
  { type: 'peer.disconnected', pageClosing: true },
  { type: 'peer.disconnected', pageClosing: false },
  { type: 'peer.reconnected', reloaded: true },
  { type: 'peer.reconnected', reloaded: false },
  { type: 'peer.left' },
  ...(['local', 'remote', 'left', 'failed'] as const).map((reason) => ({ type: 'call.ended', reason }) as const),
]

/**
 * Calls exist only inside a room. A room becomes full or loses a peer only after ready, because the server keeps the
 * order.
 */
const follows = (before: Membership, fact: Fact): boolean => {
  const {
    context: { room, peer },
  } = before
  const { type } = fact
  if (type === 'room.full') return room === 'ready'
  if (type === 'peer.left') return peer !== 'absent'
  if (type === 'join.rejected' && fact.isCalling) return before.matches('joined')
  if (type === 'peer.disconnected') return peer === 'connected'
  return type !== 'peer.reconnected' || peer === 'disconnected'
}

/** Every event that may follow a state, and every delay. */
export const exploration: Exploration<typeof membershipMachine> = {
  events: (before) => [...facts.filter((fact) => follows(before, fact)), ...waitsIn<Fact>(before)],
  key: ({ value, context }) => JSON.stringify([value, context]),
}
