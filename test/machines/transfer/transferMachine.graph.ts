import type { SnapshotFrom } from 'xstate'
import type { TransferEvent, TransferSide } from '../../../machines/transfer/transferEvents.ts'
import { transferMachine } from '../../../machines/transfer/transferMachine.ts'
import type { Exploration } from '../graph.ts'

export type TransferSnapshot = SnapshotFrom<typeof transferMachine>

const size = 100

/** All events of both sides, at any time: a peer may send any message in any state. */
const facts: TransferEvent[] = [
  { type: 'user.accepted' },
  { type: 'user.cancelled' },
  { type: 'channel.opened' },
  { type: 'channel.closed' },
  { type: 'peer.offered' },
  { type: 'peer.forgot' },
  { type: 'peer.accepted', offset: size },
  { type: 'peer.accepted', offset: size + 1 },
  { type: 'peer.ended', sha256: 'a hash' },
  { type: 'peer.stored' },
  { type: 'peer.cancelled', reason: 'declined' },
  { type: 'peer.cancelled', reason: 'cancelled' },
  { type: 'peer.cancelled', reason: 'storage' },
  { type: 'storage.opened' },
  { type: 'content.sent', sha256: 'a hash' },
  { type: 'content.verified' },
  { type: 'content.failed', reason: 'mismatch' },
]

/** Events that the actor `content` of the other side sends. */
const foreign: Readonly<Record<TransferSide, readonly TransferEvent['type'][]>> = {
  sender: ['storage.opened', 'content.verified'],
  receiver: ['content.sent'],
}

/** Every event in every state of one side. An ended machine takes none. */
export const explorationOf = (side: TransferSide, isOffered = false): Exploration<typeof transferMachine> => ({
  input: { side, size, isOffered },
  events: ({ status }) => (status === 'done' ? [] : facts.filter(({ type }) => !foreign[side].includes(type))),
  key: ({ value, context }) => JSON.stringify([value, context]),
})
