import { ufragOf } from '../protocol/iceCandidate.ts'
import { limits } from '../protocol/limits.ts'
import type { ByeReason, Candidate, Description, Presence, Role, SeatName, Trickle } from '../protocol/messages.ts'
import type { HangupReason } from '../protocol/vocabulary.ts'

/** What a call knows: plain data, so that it can be compared, shown and replayed. */
export interface CallContext {
  seat: SeatName | null
  role: Role
  epoch: number
  peer: Presence
  /** Connections made by this page, so that each has a name of its own. */
  made: number
  /** The pair of peer connections in use: `a3.1` is the first that the holder of seat a in epoch 3 made. */
  connection: string | null
  /** The newest negotiation of this connection, whoever began it. */
  negotiation: number
  /** The newest of which both have described their part. */
  agreed: number
  /** Ours that awaits its answer. */
  asked: number | null
  /** Its description, kept to be repeated to one who missed it. */
  offer: string | null
  /** ufrag of the remote description in force: candidates of any other generation wait or are void. */
  ufrag: string | null
  early: Candidate[]
  /** A page that cannot prove to be the other side, as long as it wants that place: its offer, with candidates; null where it answered an offer of ours. */
  stranger: { offer: Description | null; candidates: Candidate[] } | null
  /** What failed since media last flowed. */
  attempts: number
  /** Restarts of the last minute, so that a bad network is not asked for ever more. */
  restarts: number
  /** The last one was made just now, or somebody else's may wait to be read: the next has to wait. */
  resting: boolean
  /** There is no hope that the path comes back by itself. */
  hopeless: boolean
  /** Whether anything can be said through the server now. Doubted: nothing came from the other side, and perhaps the server is as far. */
  link: 'up' | 'doubted' | 'down'
  reason: HangupReason | null
  /** The reason in the last `bye` of the other side, until somebody is there again. */
  byeReason: ByeReason | null
}

export const noCall: CallContext = {
  seat: null, role: 'polite', epoch: 0, peer: 'absent', made: 0, connection: null, negotiation: 0, agreed: 0,
  asked: null, offer: null, ufrag: null, early: [], stranger: null, attempts: 0, restarts: 0, resting: false, hopeless: false, link: 'down', reason: null, byeReason: null,
}

/** What of a context belongs to one connection only. */
export const freshConnection = { negotiation: 0, agreed: 0, asked: null, offer: null, ufrag: null, early: [], stranger: null } satisfies Partial<CallContext>

const isOurs = (context: CallContext, { connection }: { connection: string }) => context.connection === connection

/** An offer that was dealt with before: repeated, late, or about more of a connection that was given up here. */
export const isSpentOffer = (context: CallContext, offer: Description) =>
  isOurs(context, offer) ? offer.negotiation <= context.agreed : offer.negotiation > 1

/** One about more of a connection that never was, or is no more, of this side. */
export const isOfOtherCall = (context: CallContext, offer: Description) =>
  !isOurs(context, offer) && isSpentOffer(context, offer)

/** Both offered at once on one connection, and the other side is the one to yield. */
export const isGlareToIgnore = (context: CallContext, offer: Description) =>
  isOurs(context, offer) && context.asked !== null && context.role === 'impolite'

/** The other side has a new peer connection: the old pair is void. */
export const isNewConnection = (context: CallContext, offer: Description) => !isOurs(context, offer)

/** Both made a connection at once, and the other side is the one to yield. */
export const isRivalToIgnore = (context: CallContext, offer: Description) =>
  isNewConnection(context, offer) && context.asked !== null && context.role === 'impolite'

/** The same where ours, too, is the first about its connection: one about more of a connection that was in use stands against nothing. */
export const isRivalToFirst = (context: CallContext, offer: Description) =>
  isRivalToIgnore(context, offer) && context.asked === 1

/** An offer about the connection in use that nothing stands against. */
export const isToTake = (context: CallContext, offer: Description) =>
  !isSpentOffer(context, offer) && !isGlareToIgnore(context, offer) && !isNewConnection(context, offer)

/** One of these with new ICE credentials: the other side looks for a way anew (RFC 8445 §9). Any other changes nothing of the way. */
export const isRestart = (context: CallContext, offer: Description) =>
  isToTake(context, offer) && ufragOf(offer.sdp) !== context.ufrag

/** A stranger's first offer of a connection: anything later is about a connection that this side never had. */
export const isStrangersConnection = (context: CallContext, offer: Description) =>
  isNewConnection(context, offer) && offer.negotiation === 1

/** A candidate of the offer that waits for the person's decision. */
export const isStrangersCandidate = ({ stranger }: CallContext, { connection }: Trickle) =>
  stranger?.offer?.connection === connection

export const isAwaitedAnswer = (context: CallContext, answer: Description) =>
  isOurs(context, answer) && answer.negotiation === context.asked

/** Of the generation in force. Without a ufrag it can mean no other. */
export const isTimely = ({ ufrag }: CallContext, { usernameFragment }: Candidate) =>
  ufrag !== null && (usernameFragment ?? ufrag) === ufrag

/** A candidate to be tried now. */
export const isTimelyCandidate = (context: CallContext, trickle: Trickle) =>
  isOurs(context, trickle) && isTimely(context, trickle.candidate)

/** A candidate that may belong to the next description. */
export const isEarlyCandidate = (context: CallContext, trickle: Trickle) => isOurs(context, trickle)

/** Our offer is made, and still wanted. */
export const isMade = (context: CallContext, offer: Description) =>
  isOurs(context, offer) && offer.negotiation === context.asked

/** Our answer is made: to the newest offer that was taken. Offers of our own that were begun meanwhile follow. */
export const isLatest = (context: CallContext, answer: Description) =>
  isOurs(context, answer) && answer.negotiation === context.agreed

/** Somebody hears of it, and it was not tried too often. */
export const canRestart = ({ link, peer, restarts }: CallContext) => link === 'up' && peer === 'here' && restarts < limits.restarts
