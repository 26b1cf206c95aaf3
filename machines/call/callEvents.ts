import type {
  HangupMessageReason,
  Candidate,
  DescriptionMessage,
  PeerMessage,
  Presence,
  Role,
  SeatName,
  CandidateMessage,
} from '../protocol/messages.ts'
import type { CallEndReason } from '../protocol/vocabulary.ts'

/** Events, commands and effects of a call. The rule is callMachine.ts. */

export type JoinAccepted = {
  type: 'join.accepted'
  seat: SeatName
  role: Role
  epoch: number
  peer: Presence
  resumed: boolean
}

export type CallEvent =
  // from the room
  | JoinAccepted
  | { type: 'room.left'; reason: CallEndReason }
  | { type: 'peer.joined' }
  | { type: 'peer.disconnected' }
  /** `lost`: the server has not heard of them for so long that their seat is free. */
  | { type: 'peer.left'; reason: 'left' | 'lost' }
  /** `reloaded`: their page was reloaded and offers a new connection. */
  | { type: 'peer.reconnected'; reloaded: boolean }
  /** Messages of the peer were lost: negotiate again. */
  | { type: 'messages.lost' }
  // from signaling and the browser
  | { type: 'signaling.lost' }
  /** The server has answered after `transport.suspected`. */
  | { type: 'signaling.alive' }
  /** Addresses may have changed. */
  | { type: 'network.changed' }
  // from the other side
  | ({ type: 'offer.received' } & DescriptionMessage)
  | ({ type: 'answer.received' } & DescriptionMessage)
  | ({ type: 'candidate.received' } & CandidateMessage)
  // from a page without a valid continuity proof (client/verification/continuity.ts)
  | ({ type: 'unauthenticatedOffer.received' } & DescriptionMessage)
  | ({ type: 'unauthenticatedAnswer.received' } & DescriptionMessage)
  // from the connection actor, the person, the clock
  | PeerConnectionEvent
  /** `acceptedPeer`: the user continues with the unauthenticated peer. */
  | { type: 'user.hungUp'; reason?: HangupMessageReason }
  | { type: 'user.retried' }
  | { type: 'user.acceptedPeer' }
  | { type: 'recovery.timedOut' }
  | { type: 'restart.budgetReset' }
  | { type: 'restart.cooledDown' }

/** Events of the actor `peerConnection` (one RTCPeerConnection). */
export type PeerConnectionEvent =
  | ({ type: 'offer.created' } & DescriptionMessage)
  | ({ type: 'answer.created' } & DescriptionMessage)
  | ({ type: 'candidate.gathered' } & CandidateMessage)
  /** Tracks came or went in a way that only a negotiation can tell the other side. */
  | { type: 'negotiation.needed' }
  /** Tracks changed before anybody answered. */
  | { type: 'offer.stale' }
  /** `disconnected`: nothing arrives, and it may recover. `failed`: it does not recover without an ICE restart. */
  | { type: 'transport.connected' }
  | { type: 'transport.disconnected' }
  | { type: 'transport.failed' }
  /** Media of the peer arrives. Sent once after every `transport.connected`. */
  | { type: 'media.started' }
  /** The other side hangs up: through the server, or past it. */
  | { type: 'hangup.received'; reason?: HangupMessageReason }
  /** It cannot go on: a description was refused, or the browser closed it. */
  | { type: 'connection.failed'; message: string }

export interface PeerConnectionInput {
  connection: string
  /** Trust nothing but the relay. */
  relayOnly: boolean
}

/** Commands to that actor. It runs them one after the other, in this order. */
export type PeerConnectionCommand =
  | { type: 'createOffer'; negotiation: number; iceRestart: boolean }
  | ({ type: 'applyOffer' } & DescriptionMessage)
  | ({ type: 'applyAnswer' } & DescriptionMessage)
  | { type: 'addCandidate'; candidate: Candidate }
  /** Sent at once, because the connection is about to be closed. */
  | { type: 'sendHangup' }
  /** The network changed: check whether media still arrives. */
  | { type: 'checkTransport' }

/** What a call emits: messages to the peer, reports to the room, and its end. */
export type CallEffect =
  | { type: 'message.outgoing'; message: PeerMessage }
  | { type: 'media.reported'; mediaFlow: 'flowing' | 'stopped' }
  /** No media arrives: the connection to the server may be lost as well. */
  | { type: 'transport.suspected' }
  | { type: 'call.ended'; reason: CallEndReason }
  /** The user accepted an unauthenticated peer: the secrets of the previous peer are void. */
  | { type: 'unauthenticatedPeer.accepted' }
