import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { visit } from '../../../machines/membership/membershipMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Visit = SnapshotFrom<typeof visit>
type Fact = EventFromLogic<typeof visit>

/** Everything that a person, a link and a room may say, at any time: a late word of either must do no harm. */
const facts: Fact[] = [
  { type: 'user.joined' }, { type: 'user.left' }, { type: 'user.rejoined' }, { type: 'page.reloaded' },
  ...(['created', 'ready', 'full'] as const).flatMap((state) => (['absent', 'here', 'away'] as const)
    .filter((peer) => (peer === 'absent') === (state === 'created'))
    .map((peer) => ({ type: 'seat.given', state, peer }) as const)),
  ...(['full', 'seat-lost'] as const).flatMap((code) => [true, false].map((isCalling) => ({ type: 'seat.refused', code, isCalling }) as const)), { type: 'seat.taken' }, { type: 'link.lost' },
  { type: 'room.ready' }, { type: 'room.full' }, { type: 'peer.away', closes: true }, { type: 'peer.away', closes: false }, { type: 'peer.back', fresh: true }, { type: 'peer.back', fresh: false },
  { type: 'peer.left' }, { type: 'call.ended' },
]

/** There is a call inside only. A room is full, or loses somebody, only after it was ready: the server keeps its order. */
const follows = (before: Visit, fact: Fact): boolean => {
  const { context: { room, peer } } = before
  const { type } = fact
  if (type === 'room.full') return room === 'ready'
  if (type === 'peer.left') return peer !== 'absent'
  if (type === 'seat.refused' && fact.isCalling) return before.matches('inside')
  if (type === 'peer.away') return peer === 'here'
  return type !== 'peer.back' || peer === 'away'
}

export const exploration: Exploration<typeof visit> = {
  events: (before) => [...facts.filter((fact) => follows(before, fact)), ...waitsIn(before) as Fact[]],
  key: ({ value, context }) => JSON.stringify([value, context]),
}
