import type { SnapshotFrom } from 'xstate'
import type { PreparationEvent } from '../../../machines/preparation/preparationEvents.ts'
import { preparationMachine } from '../../../machines/preparation/preparationMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Prepared = SnapshotFrom<typeof preparationMachine>

/** All events of the server, the page and the connection, at any time. Late events must do no harm. */
const facts = ({ context: { attempt } }: Prepared): PreparationEvent[] => [
  { type: 'attempt.available' },
  { type: 'attempt.unavailable' },
  ...[attempt ?? 1, (attempt ?? 1) + 1].flatMap((id) =>
    (['visitor', 'holder'] as const).map((side) => ({ type: 'attempt.started', id, side }) as const),
  ),
  { type: 'offer.received', sdp: 'an offer' },
  { type: 'answer.received', sdp: 'an answer' },
  ...[attempt, 99, null].map((id) => ({ type: 'seat.confirmed', id }) as const),
  { type: 'seat.rejected' },
  { type: 'user.claimed' },
  { type: 'network.changed' },
  { type: 'page.hidden' },
  { type: 'page.shown' },
  { type: 'page.timedOut' },
  { type: 'description.created', sdp: 'a description' },
  { type: 'connection.opened' },
  { type: 'connection.failed' },
  { type: 'peer.claimed' },
]

/** Every event in every state. Failures are capped, and attempts have no order. */
export const exploration: Exploration<typeof preparationMachine> = {
  events: (before) => [...facts(before), ...waitsIn<PreparationEvent>(before)],
  key: ({ value, context: { side, attempt, isAvailable, isHidden, hasOffer, failures } }) =>
    JSON.stringify([value, side, attempt === null, isAvailable, isHidden, hasOffer, Math.min(failures, 2)]),
}
