import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Membership = SnapshotFrom<typeof membershipMachine>
type Fact = EventFromLogic<typeof membershipMachine>

/** All events of a user, the signaling connection and the room, at any time. Late events must do no harm. */
const facts: Fact[] = [
  { type: 'user.joined' },
  { type: 'user.hungUp' },
  { type: 'user.hungUp', reason: 'unsupported' },
  { type: 'user.rejoined' },
  { type: 'page.reloaded' },
  ...(['created', 'ready', 'full'] as const).flatMap((state) =>
    (['absent', 'connected', 'disconnected'] as const)
      .filter((peer) => (peer === 'absent') === (state === 'created'))
      .map((peer) => ({ type: 'join.accepted', state, peer }) as const),
  ),
  ...(['full', 'seat-lost'] as const).flatMap((code) =>
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
  { type: 'call.ended' },
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
