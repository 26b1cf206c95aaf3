import type { SnapshotFrom } from 'xstate'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import type { ExchangeEvent, VerificationEvent } from '../../../machines/verification/verificationEvents.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Snapshot = SnapshotFrom<typeof verificationMachine>

export const code = [0, 1, 2, 3, 61, 62, 63]
export const opened = (connection = 'a1.1'): VerificationEvent => ({ type: 'channel.opened', connection })
export const closed = (connection = 'a1.1'): VerificationEvent => ({ type: 'channel.closed', connection })
export const made: ExchangeEvent = { type: 'commitment.created' }
export const committed: ExchangeEvent = { type: 'peer.committed', commitment: 'their commitment' }
const otherwise: ExchangeEvent = { type: 'peer.committed', commitment: 'another commitment' }
export const revealed: ExchangeEvent = { type: 'peer.revealed', nonce: 'their nonce' }
export const derived: ExchangeEvent = { type: 'code.derived', code }
export const confirmed: VerificationEvent = { type: 'user.confirmed' }
export const denied: VerificationEvent = { type: 'user.denied' }

export const facts: VerificationEvent[] = [
  opened(),
  opened('a1.2'),
  closed(),
  closed('a1.2'),
  made,
  committed,
  otherwise,
  revealed,
  { type: 'peer.malformed' },
  derived,
  { type: 'commitment.mismatched' },
  { type: 'certificate.changed' },
  { type: 'exchange.failed' },
  confirmed,
  denied,
]

/** All events at any time, because the peer may be an attacker. */
export const exploration: Exploration<typeof verificationMachine> = {
  events: (before) => [...facts, ...(waitsIn(before) as unknown as VerificationEvent[])],
  key: ({ value, context }) => JSON.stringify([value, context]),
}
