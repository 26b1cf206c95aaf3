import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { visit } from '../../machines/visit.ts'
import type { Exploration } from './graph.ts'

export type Visit = SnapshotFrom<typeof visit>
type Fact = EventFromLogic<typeof visit>

/** Everything that a person, a link and a room may say, at any time: a late word of either must do no harm. */
const facts: Fact[] = [
  { type: 'user.joined' }, { type: 'user.left' }, { type: 'user.rejoined' }, { type: 'page.reloaded' },
  ...(['created', 'ready', 'full'] as const).flatMap((state) => (['absent', 'here', 'away'] as const)
    .filter((peer) => (peer === 'absent') === (state === 'created'))
    .map((peer) => ({ type: 'seat.given', state, peer }) as const)),
  { type: 'seat.refused', code: 'full' }, { type: 'seat.refused', code: 'seat-lost' }, { type: 'seat.taken' }, { type: 'link.lost' },
  { type: 'room.ready' }, { type: 'room.full' }, { type: 'peer.away', closes: true }, { type: 'peer.away', closes: false }, { type: 'peer.back', fresh: true }, { type: 'peer.back', fresh: false },
  { type: 'peer.left' },
]

/** A room is full, or loses somebody, only after it was ready: the server keeps its order. */
const follows = ({ context: { room, peer } }: Visit, { type }: Fact): boolean => {
  if (type === 'room.full') return room === 'ready'
  if (type === 'peer.left') return peer !== 'absent'
  if (type === 'peer.away') return peer === 'here'
  return type !== 'peer.back' || peer === 'away'
}

export const exploration: Exploration<typeof visit> = {
  events: (before) => facts.filter((fact) => follows(before, fact)),
  key: ({ value, context }) => JSON.stringify([value, context]),
}
