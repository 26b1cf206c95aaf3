import type { SnapshotFrom } from 'xstate'
import { safety } from '../../../machines/verification/verificationMachine.ts'
import type { ExchangeFact, SafetyFact } from '../../../machines/verification/verificationEvents.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Snapshot = SnapshotFrom<typeof safety>

export const code = [0, 1, 2, 3, 61, 62, 63]
export const opened = (connection = 'a1.1'): SafetyFact => ({ type: 'channel.opened', connection })
export const closed = (connection = 'a1.1'): SafetyFact => ({ type: 'channel.closed', connection })
export const made: ExchangeFact = { type: 'commitment.made' }
export const committed: ExchangeFact = { type: 'peer.committed', commitment: 'their commitment' }
const otherwise: ExchangeFact = { type: 'peer.committed', commitment: 'another commitment' }
export const revealed: ExchangeFact = { type: 'peer.revealed', nonce: 'their nonce' }
export const derived: ExchangeFact = { type: 'code.derived', code }
export const confirmed: SafetyFact = { type: 'user.confirmed' }
export const denied: SafetyFact = { type: 'user.denied' }

export const facts: SafetyFact[] = [
  opened(), opened('a1.2'), closed(), closed('a1.2'), made, committed, otherwise, revealed, { type: 'peer.garbled' },
  derived, { type: 'proof.failed' }, { type: 'certificate.changed' }, { type: 'exchange.broke' }, confirmed, denied,
]

/** Whatever comes, at any time: the other end may be anybody. */
export const exploration: Exploration<typeof safety> = {
  events: (before) => [...facts, ...waitsIn(before) as unknown as SafetyFact[]],
  key: ({ value, context }) => JSON.stringify([value, context]),
}
