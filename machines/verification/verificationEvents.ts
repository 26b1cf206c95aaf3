/** Everything that the safety code's machine knows, hears and orders. The rule is verificationMachine.ts. */

export interface SafetyContext {
  /** The connection whose two ends are compared; null: there is none. */
  connection: string | null
  /** What the other side has bound itself to, before it knew anything of ours. */
  theirs: string | null
  /** Seven places in a list of 64 pictures. */
  code: readonly number[] | null
  /** Why there is no code to compare. */
  reason: AbortReason | null
  /** The person found a code right before. Where another takes its place, they are to know. */
  wasVerified: boolean
}

/** Stable: texts may change, these do not. All but the last may be somebody's doing. */
export type AbortReason =
  | 'early'       // they revealed their nonce before they had bound themselves, or before we had
  | 'repeated'    // they said a second time what may be said once
  | 'malformed'   // they said something that is not 32 bytes
  | 'unproven'    // what they revealed is not what they had bound themselves to
  | 'changed'     // the other end has another certificate than at first, or more than one
  | 'silent'      // they did not say their part in time
  | 'unsupported' // this browser, or this page without https, cannot do it

export type SafetyFact =
  // of the connection: its data channel
  | { type: 'channel.opened'; connection: string } | { type: 'channel.closed'; connection: string }
  | ExchangeFact
  // of the person, who has compared the code with the other
  | { type: 'user.confirmed' } | { type: 'user.denied' }

/** What the actor `exchange` (one exchange over one channel) reports. */
export type ExchangeFact =
  /** The certificates are read, the nonce is drawn, and what binds us to both is ready to be said. */
  | { type: 'commitment.made' }
  | { type: 'peer.committed'; commitment: string } | { type: 'peer.revealed'; nonce: string } | { type: 'peer.garbled' }
  | { type: 'code.derived'; code: readonly number[] }
  /** The nonce does not fit the commitment. */
  | { type: 'proof.failed' }
  | { type: 'certificate.changed' }
  | { type: 'exchange.broke' }

/** What that actor is told to do. When it is right to do so, only the machine knows. */
export type ExchangeOrder =
  | { type: 'commit' }
  | { type: 'reveal' }
  | { type: 'check'; commitment: string; nonce: string }
