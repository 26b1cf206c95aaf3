import type { SnapshotFrom } from 'xstate'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import type { ExchangeEvent, VerificationEvent } from '../../../machines/verification/verificationEvents.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Snapshot = SnapshotFrom<typeof verificationMachine>

/** A safety code: seven numbers from 0 to 63. */
export const code = [0, 1, 2, 3, 61, 62, 63]
/** The data channel of this connection opened. */
export const opened = (connection = 'a1.1'): VerificationEvent => ({ type: 'channel.opened', connection })
/** The data channel of this connection closed. */
export const closed = (connection = 'a1.1'): VerificationEvent => ({ type: 'channel.closed', connection })
/** This page computed its commitment. */
export const made: ExchangeEvent = { type: 'commitment.created' }
/** The peer sent its commitment. */
export const committed: ExchangeEvent = { type: 'peer.committed', commitment: 'their commitment' }
const otherwise: ExchangeEvent = { type: 'peer.committed', commitment: 'another commitment' }
/** The peer revealed its nonce. */
export const revealed: ExchangeEvent = { type: 'peer.revealed', nonce: 'their nonce' }
/** Both sides revealed their nonces, and this page derived the code. */
export const derived: ExchangeEvent = { type: 'code.derived', code }
/** The user says that both codes are equal. */
export const confirmed: VerificationEvent = { type: 'user.confirmed' }
/** The user says that the codes differ. */
export const denied: VerificationEvent = { type: 'user.denied' }

/** All events, with two connections and two commitments. */
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
  events: (before) => [...facts, ...waitsIn<VerificationEvent>(before)],
  key: ({ value, context }) => JSON.stringify([value, context]),
}
