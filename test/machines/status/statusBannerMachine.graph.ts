import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { notice, type NoticeFact } from '../../../machines/status/statusBannerMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Notice = SnapshotFrom<typeof notice>

/** Whatever a call, a room and a link may tell, also twice and in no order. */
export const facts: NoticeFact[] = [
  { type: 'path.lost' }, { type: 'path.mended' }, { type: 'call.ended' },
  { type: 'peer.away', closes: false }, { type: 'peer.away', closes: true }, { type: 'peer.back' }, { type: 'peer.renewed' }, { type: 'peer.left' },
  { type: 'link.lost' }, { type: 'link.mended' },
]

export const exploration: Exploration<typeof notice> = {
  events: (before) => [...facts, ...waitsIn(before) as unknown as EventFromLogic<typeof notice>[]],
  key: ({ value }) => JSON.stringify(value),
}
