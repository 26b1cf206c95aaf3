/** Context of the verification machine (verificationMachine.ts). */
export interface VerificationContext {
  /** Name of the connection whose ends are compared; null without one. */
  connection: string | null
  /** The peer's commitment. It has to arrive before the local nonce is revealed. */
  peerCommitment: string | null
  /** Seven indexes into a list of 64 pictures. */
  safetyCode: readonly number[] | null
  /** Why the exchange was aborted. */
  reason: AbortReason | null
  /** True if the user confirmed an earlier code. The UI then warns that a new code replaces it. */
  wasVerified: boolean
}

/** The codes are stable; UI texts may change. All except `unsupported` may result from an attack. */
export type AbortReason =
  | 'early' // the peer revealed its nonce before both sides were committed
  | 'repeated' // the peer sent a message twice
  | 'malformed' // the peer sent a value that is not 32 bytes
  | 'commitmentMismatch' // the peer's nonce does not match its commitment
  | 'certificateChanged' // the peer's certificate changed, or it has more than one
  | 'timedOut' // the peer's message did not arrive in time
  | 'unsupported' // the browser, or a page without HTTPS, lacks the crypto API

/** Events of the verification machine. */
export type VerificationEvent =
  // from the connection: its data channel
  | { type: 'channel.opened'; connection: string }
  | { type: 'channel.closed'; connection: string }
  | ExchangeEvent
  // from the user, after comparing the code with the peer
  | { type: 'user.confirmed' }
  | { type: 'user.denied' }

/** Events of the actor `exchange` (one exchange over one channel). */
export type ExchangeEvent =
  | { type: 'commitment.created' }
  | { type: 'peer.committed'; commitment: string }
  | { type: 'peer.revealed'; nonce: string }
  | { type: 'peer.malformed' }
  | { type: 'code.derived'; code: readonly number[] }
  | { type: 'commitment.mismatched' }
  | { type: 'certificate.changed' }
  | { type: 'exchange.failed' }

/** The meaning of each event. `after.*` is a delayed transition. */
export const verificationEventDescriptions = {
  'channel.opened': 'The data channel opened, and both certificates are known.',
  'channel.closed': 'The connection is over, and its code with it.',
  'commitment.created': 'The commitment to the local nonce and certificate is ready to send.',
  'peer.committed': 'The peer sent its commitment. A second commitment aborts the exchange.',
  'peer.revealed': 'The peer sent its nonce. Too early, or twice, it aborts the exchange.',
  'peer.malformed': 'The peer sent a value that isn’t 32 bytes.',
  'code.derived': 'The peer’s nonce matches its commitment, and the code is derived.',
  'commitment.mismatched': 'The commitment doesn’t match the peer’s nonce, certificate, role, room or connection.',
  'certificate.changed': 'The peer’s certificate changed, or the transports end at more than one.',
  'exchange.failed': 'This browser, or a page without HTTPS, doesn’t support the exchange.',
  'user.confirmed': 'The user confirmed that the codes match.',
  'user.denied': 'The user reported that the codes differ.',
  'after.verificationTimeout': 'The peer’s message didn’t arrive in 30 seconds.',
} satisfies Record<VerificationEvent['type'] | `after.${string}`, string>

/** Commands to the actor `exchange`. */
export type ExchangeCommand =
  { type: 'commit' } | { type: 'reveal' } | { type: 'check'; commitment: string; nonce: string }
