import type { ByeReason, Candidate, Description, PeerMessage, Presence, Role, SeatName, Trickle } from '../protocol/messages.ts'
import type { HangupReason } from '../protocol/vocabulary.ts'

/** Everything that a call hears, says and orders. The rule is callMachine.ts. */

export type SeatGiven = { type: 'seat.given'; seat: SeatName; role: Role; epoch: number; peer: Presence; resumed: boolean }

export type CallFact =
  // from the room
  | SeatGiven
  | { type: 'seat.left'; reason: HangupReason }
  | { type: 'peer.arrived' } | { type: 'peer.away' }
  /** `lost`: the server has not heard of them for so long that their seat is free. */
  | { type: 'peer.left'; reason: 'left' | 'lost' }
  /** `fresh`: with a page that was loaded anew, which offers a new connection. */
  | { type: 'peer.back'; fresh: boolean }
  /** Something said in between is gone. */
  | { type: 'mail.lost' }
  // from the link and the browser
  | { type: 'link.lost' }
  /** The line was doubted, and is there. */
  | { type: 'line.proven' }
  /** Addresses may have changed. */
  | { type: 'network.changed' }
  // from the other side
  | ({ type: 'offer.received' } & Description)
  | ({ type: 'answer.received' } & Description)
  | ({ type: 'candidate.received' } & Trickle)
  // from a page that cannot prove to be the other side of this call (client/verification/continuity.ts)
  | ({ type: 'stranger.offered' } & Description)
  | ({ type: 'stranger.answered' } & Description)
  // from the connection actor, the person, the clock
  | ConnectionFact
  /** `accepted`: the person continues with the stranger. */
  | { type: 'user.hungUp'; reason?: ByeReason } | { type: 'user.retried' } | { type: 'user.accepted' }
  | { type: 'patience.ended' } | { type: 'restarts.regained' } | { type: 'restart.rested' }

/** What the actor `connection` (one RTCPeerConnection) reports. */
export type ConnectionFact =
  | ({ type: 'offer.made' } & Description)
  | ({ type: 'answer.made' } & Description)
  | ({ type: 'candidate.gathered' } & Trickle)
  /** Tracks came or went in a way that only a negotiation can tell the other side. */
  | { type: 'negotiation.needed' }
  /** Tracks changed before anybody answered. */
  | { type: 'offer.aged' }
  /** `wavered`: nothing arrives, or the browser misses it. `failed`: there is no hope that it comes back by itself. */
  | { type: 'path.opened' } | { type: 'path.wavered' } | { type: 'path.failed' }
  /** The path is open and what the other side sends arrives. Once after every `path.opened`. */
  | { type: 'media.flowed' }
  /** The other side hangs up: through the server, or past it. */
  | { type: 'bye.received'; reason?: ByeReason }
  /** It cannot go on: a description was refused, or the browser closed it. */
  | { type: 'connection.broke'; message: string }

export interface ConnectionInput {
  connection: string
  /** Trust nothing but the relay. */
  relayOnly: boolean
}

/** What that actor is told to do. It does one thing after the other, in this order. */
export type ConnectionOrder =
  | { type: 'make.offer'; negotiation: number; restart: boolean }
  | ({ type: 'take.offer' } & Description)
  | ({ type: 'take.answer' } & Description)
  | { type: 'take.candidate'; candidate: Candidate }
  /** Now, for the connection is about to be closed. */
  | { type: 'say.bye' }
  /** The network changed: does anything still arrive? */
  | { type: 'look.at.path' }

/** What a call wants done outside: say it to the other side, report it to the room, tell the person. */
export type CallEffect =
  | { type: 'message.said'; message: PeerMessage }
  | { type: 'flow.reported'; media: 'flowing' | 'stopped' }
  /** Nothing arrives: what goes to the server may be lost as well. */
  | { type: 'path.doubted' }
  | { type: 'call.ended'; reason: HangupReason }
  /** The person accepted a stranger: proofs of the person before count no more. */
  | { type: 'stranger.accepted' }
