import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { statusBannerMachine, type StatusBannerEvent } from '../../../machines/status/statusBannerMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Banner = SnapshotFrom<typeof statusBannerMachine>

/** All events of a call, a room and the signaling connection, repeated and in any order. */
export const facts: StatusBannerEvent[] = [
  { type: 'transport.lost' },
  { type: 'transport.restored' },
  { type: 'call.ended' },
  { type: 'peer.disconnected', pageClosing: false },
  { type: 'peer.disconnected', pageClosing: true },
  { type: 'peer.reconnected' },
  { type: 'peer.reloaded' },
  { type: 'peer.left' },
  { type: 'signaling.lost' },
  { type: 'signaling.restored' },
]

/** Every event and every delay in every state. */
export const exploration: Exploration<typeof statusBannerMachine> = {
  events: (before) => [...facts, ...waitsIn<EventFromLogic<typeof statusBannerMachine>>(before)],
  key: ({ value }) => JSON.stringify(value),
}
