/** Context, events and commands of the verification machine. The rule is verificationMachine.ts. */

export interface VerificationContext {
  /** The connection whose two ends are compared; null: there is none. */
  connection: string | null
  /** The peer's commitment, sent before our nonce was revealed. */
  peerCommitment: string | null
  /** Seven places in a list of 64 pictures. */
  safetyCode: readonly number[] | null
  /** Why there is no code to compare. */
  reason: AbortReason | null
  /** The person found a code right before. Where another takes its place, they are to know. */
  wasVerified: boolean
}

/** Stable: texts may change, these do not. All but the last may be somebody's doing. */
export type AbortReason =
  | 'early' // they revealed their nonce before they had bound themselves, or before we had
  | 'repeated' // they said a second time what may be said once
  | 'malformed' // they said something that is not 32 bytes
  | 'commitmentMismatch' // what they revealed is not what they had bound themselves to
  | 'certificateChanged' // the other end has another certificate than at first, or more than one
  | 'timedOut' // they did not say their part in time
  | 'unsupported' // this browser, or this page without https, cannot do it

export type VerificationEvent =
  // of the connection: its data channel
  | { type: 'channel.opened'; connection: string }
  | { type: 'channel.closed'; connection: string }
  | ExchangeEvent
  // of the person, who has compared the code with the other
  | { type: 'user.confirmed' }
  | { type: 'user.denied' }

/** What the actor `exchange` (one exchange over one channel) reports. */
export type ExchangeEvent =
  /** The certificates are read, the nonce is drawn, and what binds us to both is ready to be said. */
  | { type: 'commitment.created' }
  | { type: 'peer.committed'; commitment: string }
  | { type: 'peer.revealed'; nonce: string }
  | { type: 'peer.malformed' }
  | { type: 'code.derived'; code: readonly number[] }
  /** The nonce does not fit the commitment. */
  | { type: 'commitment.mismatched' }
  | { type: 'certificate.changed' }
  | { type: 'exchange.failed' }

/** Commands to that actor. */
export type ExchangeCommand =
  { type: 'commit' } | { type: 'reveal' } | { type: 'check'; commitment: string; nonce: string }
