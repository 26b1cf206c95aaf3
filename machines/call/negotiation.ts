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

/** What a call knows: plain data, so that it can be compared, shown and replayed. */
export interface CallContext {
  seat: SeatName | null
  role: Role
  epoch: number
  peer: Presence
  /** Connections made by this page, so that each has a name of its own. */
  connectionCount: number
  /** The pair of peer connections in use: `a3.1` is the first that the holder of seat a in epoch 3 made. */
  connection: string | null
  /** The newest negotiation of this connection, whoever began it. */
  negotiation: number
  /** Highest negotiation number with both descriptions applied. */
  completedNegotiation: number
  /** Number of our offer that awaits an answer. */
  pendingNegotiation: number | null
  /** SDP of that offer, kept to send it again. */
  pendingOfferSdp: string | null
  /** ufrag of the remote description in force: candidates of any other generation wait or are void. */
  remoteUfrag: string | null
  pendingCandidates: Candidate[]
  /** A page without a valid continuity proof. `offer` is null where it answered an offer of ours. */
  unauthenticatedPeer: { offer: DescriptionMessage | null; candidates: Candidate[] } | null
  /** Failed attempts to connect since media last arrived. */
  failedAttempts: number
  /** ICE restarts and new connections of the last minute. */
  recentRestarts: number
  /** True for a moment after a restart, and while a restart of the peer may lie in the mailbox. */
  isRestartCoolingDown: boolean
  /** True when the transport does not recover without a restart. */
  hasTransportFailed: boolean
  /** Whether messages reach the server. Suspected: no media arrives from the peer, so the server may be unreachable too. */
  signaling: 'up' | 'suspected' | 'down'
  reason: CallEndReason | null
  /** The reason in the last `hangup` of the other side, until somebody is there again. */
  remoteHangupReason: HangupMessageReason | null
}

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
  unauthenticatedPeer: null,
  failedAttempts: 0,
  recentRestarts: 0,
  isRestartCoolingDown: false,
  hasTransportFailed: false,
  signaling: 'down',
  reason: null,
  remoteHangupReason: null,
}

/** The part of the context that belongs to one connection. */
export const initialConnectionContext = {
  negotiation: 0,
  completedNegotiation: 0,
  pendingNegotiation: null,
  pendingOfferSdp: null,
  remoteUfrag: null,
  pendingCandidates: [],
  unauthenticatedPeer: null,
} satisfies Partial<CallContext>

const isCurrentConnection = (context: CallContext, { connection }: { connection: string }) =>
  context.connection === connection

/** An offer that was dealt with before: repeated, late, or about more of a connection that was given up here. */
export const isStaleOffer = (context: CallContext, offer: DescriptionMessage) =>
  isCurrentConnection(context, offer) ? offer.negotiation <= context.completedNegotiation : offer.negotiation > 1

/** One about more of a connection that never was, or is no more, of this side. */
export const isForUnknownConnection = (context: CallContext, offer: DescriptionMessage) =>
  !isCurrentConnection(context, offer) && isStaleOffer(context, offer)

/** Both offered at once on one connection, and the other side is the one to yield. */
export const shouldIgnoreGlare = (context: CallContext, offer: DescriptionMessage) =>
  isCurrentConnection(context, offer) && context.pendingNegotiation !== null && context.role === 'impolite'

/** The other side has a new peer connection: the old pair is void. */
export const isNewConnection = (context: CallContext, offer: DescriptionMessage) => !isCurrentConnection(context, offer)

/** Both made a connection at once, and the other side is the one to yield. */
export const shouldIgnoreCompetingConnection = (context: CallContext, offer: DescriptionMessage) =>
  isNewConnection(context, offer) && context.pendingNegotiation !== null && context.role === 'impolite'

/**
 * The same where ours, too, is the first about its connection: one about more of a connection that was in use stands against
 * nothing.
 */
export const shouldIgnoreCompetingFirstOffer = (context: CallContext, offer: DescriptionMessage) =>
  shouldIgnoreCompetingConnection(context, offer) && context.pendingNegotiation === 1

/** An offer about the connection in use that nothing stands against. */
export const isApplicableOffer = (context: CallContext, offer: DescriptionMessage) =>
  !isStaleOffer(context, offer) && !shouldIgnoreGlare(context, offer) && !isNewConnection(context, offer)

/**
 * One of these with new ICE credentials: the other side looks for a way anew (RFC 8445 §9). Any other changes nothing of the
 * way.
 */
export const isIceRestart = (context: CallContext, offer: DescriptionMessage) =>
  isApplicableOffer(context, offer) && parseIceUfrag(offer.sdp) !== context.remoteUfrag

/**
 * The first offer of a connection by an unauthenticated peer. A later one is about a connection that this side never had.
 */
export const isFirstUnauthenticatedOffer = (context: CallContext, offer: DescriptionMessage) =>
  isNewConnection(context, offer) && offer.negotiation === 1

/** A candidate of the offer that waits for the person's decision. */
export const isUnauthenticatedCandidate = ({ unauthenticatedPeer }: CallContext, { connection }: CandidateMessage) =>
  unauthenticatedPeer?.offer?.connection === connection

export const isAwaitedAnswer = (context: CallContext, answer: DescriptionMessage) =>
  isCurrentConnection(context, answer) && answer.negotiation === context.pendingNegotiation

/** Of the generation in force. Without a ufrag it can mean no other. */
export const hasCurrentUfrag = ({ remoteUfrag }: Pick<CallContext, 'remoteUfrag'>, { usernameFragment }: Candidate) =>
  remoteUfrag !== null && (usernameFragment ?? remoteUfrag) === remoteUfrag

/** A candidate of the current ICE generation. */
export const isForCurrentIce = (context: CallContext, message: CandidateMessage) =>
  isCurrentConnection(context, message) && hasCurrentUfrag(context, message.candidate)

/** A candidate that may belong to the next description, so to a later ICE generation. */
export const isForLaterIce = (context: CallContext, message: CandidateMessage) => isCurrentConnection(context, message)

/** The browser has created the offer that is pending. */
export const isPendingOffer = (context: CallContext, offer: DescriptionMessage) =>
  isCurrentConnection(context, offer) && offer.negotiation === context.pendingNegotiation

/**
 * The browser has created the answer to the newest offer that was applied. Offers of our own that were begun meanwhile
 * follow.
 */
export const isCurrentAnswer = (context: CallContext, answer: DescriptionMessage) =>
  isCurrentConnection(context, answer) && answer.negotiation === context.completedNegotiation

/** The peer can receive the offer, and the limit of restarts is not reached. */
export const canRestart = ({ signaling, peer, recentRestarts }: CallContext) =>
  signaling === 'up' && peer === 'connected' && recentRestarts < limits.iceRestartsPerMinute
