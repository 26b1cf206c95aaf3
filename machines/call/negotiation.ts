import { parseIceUfrag } from '../protocol/iceCandidate.ts'
import { limits } from '../protocol/limits.ts'
import type {
  HangupMessageReason,
  Candidate,
  DescriptionMessage,
  Presence,
  Role,
  SeatName,
  CandidateMessage,
} from '../protocol/messages.ts'
import type { CallEndReason } from '../protocol/vocabulary.ts'

/** Context of the call machine: plain data, so it can be compared, shown and replayed. */
export interface CallContext {
  seat: SeatName | null
  role: Role
  epoch: number
  peer: Presence
  /** Number of connections that this page created; part of the next name. */
  connectionCount: number
  /** The current pair of peer connections: `a3.1` is the first that the holder of seat a created in epoch 3. */
  connection: string | null
  /** The newest negotiation number of this connection, from either side. */
  negotiation: number
  /** Highest negotiation number with both descriptions applied. */
  completedNegotiation: number
  /** Number of the local offer that awaits an answer. */
  pendingNegotiation: number | null
  /** SDP of that offer, stored for a resend. */
  pendingOfferSdp: string | null
  /** ufrag of the current remote description. Candidates with another ufrag wait or are void. */
  remoteUfrag: string | null
  /** Candidates that wait for their description. */
  pendingCandidates: Candidate[]
  /** This page prepared the connection over the relay. An ICE restart is still to find the direct path. */
  needsDirectPath: boolean
  /** A page without a valid continuity proof. `offer` is null if it answered a local offer. */
  unauthenticatedPeer: { offer: DescriptionMessage | null; candidates: Candidate[] } | null
  /** Failed attempts to connect since media last arrived. */
  failedAttempts: number
  /** Number of ICE restarts and new connections in the current window (`timeouts.restartWindowMs`). */
  recentRestarts: number
  /** No restart yet: for five seconds after one, and briefly after a reconnect, whose mailbox may hold the peer's. */
  isRestartPaused: boolean
  /** True when the transport does not recover without a restart. */
  hasTransportFailed: boolean
  /** State of the signaling connection. Suspected: no media arrives, so the server may be unreachable, too. */
  signaling: 'up' | 'suspected' | 'down'
  reason: CallEndReason | null
  /** The reason in the peer's last `hangup`; reset when a peer joins. */
  remoteHangupReason: HangupMessageReason | null
}

/** The context of a call machine without a seat. */
export const initialCallContext: CallContext = {
  seat: null,
  role: 'polite',
  epoch: 0,
  peer: 'absent',
  connectionCount: 0,
  connection: null,
  negotiation: 0,
  completedNegotiation: 0,
  pendingNegotiation: null,
  pendingOfferSdp: null,
  remoteUfrag: null,
  pendingCandidates: [],
  needsDirectPath: false,
  unauthenticatedPeer: null,
  failedAttempts: 0,
  recentRestarts: 0,
  isRestartPaused: false,
  hasTransportFailed: false,
  signaling: 'down',
  reason: null,
  remoteHangupReason: null,
}

/** The initial values of the context that belongs to one connection. */
export const initialConnectionContext = {
  negotiation: 0,
  completedNegotiation: 0,
  pendingNegotiation: null,
  pendingOfferSdp: null,
  remoteUfrag: null,
  pendingCandidates: [],
  needsDirectPath: false,
  unauthenticatedPeer: null,
} satisfies Partial<CallContext>

const isCurrentConnection = (context: CallContext, { connection }: { connection: string }) =>
  context.connection === connection

/** True for a repeated or late offer, and for a renegotiation of a connection that this side does not have. */
export const isStaleOffer = (context: CallContext, offer: DescriptionMessage) =>
  isCurrentConnection(context, offer) ? offer.negotiation <= context.completedNegotiation : offer.negotiation > 1

/** True for a renegotiation of a connection that this side does not have, or no longer has. */
export const isForUnknownConnection = (context: CallContext, offer: DescriptionMessage) =>
  !isCurrentConnection(context, offer) && isStaleOffer(context, offer)

/** `offerCollision` of W3C WebRTC §10.7: a local offer is being created, or awaits its answer. */
const isOfferCollision = ({ pendingNegotiation }: CallContext) => pendingNegotiation !== null

/** `ignoreOffer` of W3C WebRTC §10.7: the impolite side ignores a colliding offer, and the polite side yields. */
const shouldIgnoreOffer = (context: CallContext) => context.role === 'impolite' && isOfferCollision(context)

/** Both sides offer on the same connection, and the peer yields. */
export const shouldIgnoreOfferOnCurrentConnection = (context: CallContext, offer: DescriptionMessage) =>
  shouldIgnoreOffer(context) && isCurrentConnection(context, offer)

/** The peer has a new peer connection, so the old pair is void. */
export const isNewConnection = (context: CallContext, offer: DescriptionMessage) => !isCurrentConnection(context, offer)

/**
 * Both sides offer a new connection at once, and the peer yields. A local offer above number 1 renegotiates an old
 * connection. The peer's new connection then replaces the old one.
 */
export const shouldIgnoreOfferOnNewConnection = (context: CallContext, offer: DescriptionMessage) =>
  shouldIgnoreOffer(context) && isNewConnection(context, offer) && context.pendingNegotiation === 1

/** An offer for the current connection that is neither stale nor ignored. */
export const isApplicableOffer = (context: CallContext, offer: DescriptionMessage) =>
  !isStaleOffer(context, offer) &&
  !shouldIgnoreOfferOnCurrentConnection(context, offer) &&
  !isNewConnection(context, offer)

/** An applicable offer with new ICE credentials (RFC 8445 §9). Without them the transport stays the same. */
export const isIceRestart = (context: CallContext, offer: DescriptionMessage) =>
  isApplicableOffer(context, offer) && parseIceUfrag(offer.sdp) !== context.remoteUfrag

/**
 * The first offer of a connection by an unauthenticated peer. A later offer belongs to a connection that this side
 * never had.
 */
export const isFirstUnauthenticatedOffer = (context: CallContext, offer: DescriptionMessage) =>
  isNewConnection(context, offer) && offer.negotiation === 1

/** A candidate of the offer that waits for the user's decision. */
export const isUnauthenticatedCandidate = ({ unauthenticatedPeer }: CallContext, { connection }: CandidateMessage) =>
  unauthenticatedPeer?.offer?.connection === connection

/** An answer to the pending local offer. */
export const isAwaitedAnswer = (context: CallContext, answer: DescriptionMessage) =>
  isCurrentConnection(context, answer) && answer.negotiation === context.pendingNegotiation

/** True for a candidate of the current ICE generation. A candidate without a ufrag belongs to it, too. */
export const hasCurrentUfrag = ({ remoteUfrag }: Pick<CallContext, 'remoteUfrag'>, { usernameFragment }: Candidate) =>
  remoteUfrag !== null && (usernameFragment ?? remoteUfrag) === remoteUfrag

/** A candidate of the current connection and ICE generation. */
export const isForCurrentIce = (context: CallContext, message: CandidateMessage) =>
  isCurrentConnection(context, message) && hasCurrentUfrag(context, message.candidate)

/** A candidate of the current connection that may belong to the next description. */
export const isForLaterIce = (context: CallContext, message: CandidateMessage) => isCurrentConnection(context, message)

/** The browser created the pending offer. */
export const isPendingOffer = (context: CallContext, offer: DescriptionMessage) =>
  isCurrentConnection(context, offer) && offer.negotiation === context.pendingNegotiation

/** The browser created the answer to the newest applied offer. Local offers that were started meanwhile follow it. */
export const isCurrentAnswer = (context: CallContext, answer: DescriptionMessage) =>
  isCurrentConnection(context, answer) && answer.negotiation === context.completedNegotiation

/** True if the peer can receive an offer and the restart limit is not reached. */
export const canRestart = ({ signaling, peer, recentRestarts }: CallContext) =>
  signaling === 'up' && peer === 'connected' && recentRestarts < limits.iceRestartsPerMinute
