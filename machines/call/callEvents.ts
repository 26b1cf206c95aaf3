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

/** The server assigned a seat. `peer`: state of the other seat. `resumed`: this client held the seat before. */
export type JoinAccepted = {
  type: 'join.accepted'
  seat: SeatName
  role: Role
  epoch: number
  peer: Presence
  resumed: boolean
}

/** Events of the call machine (callMachine.ts). */
export type CallEvent =
  // from the room
  | JoinAccepted
  /** Another tab has the seat, or the server no longer knows it. */
  | { type: 'seat.lost'; reason: 'replaced' | 'lost' }
  | { type: 'peer.joined' }
  | { type: 'peer.disconnected' }
  /** `lost`: the peer did not return within the grace period. */
  | { type: 'peer.left'; reason: 'left' | 'lost' }
  /** `reloaded`: the peer's page was reloaded and offers a new connection. */
  | { type: 'peer.reconnected'; reloaded: boolean }
  /** Messages of the peer were lost, so both sides negotiate again. */
  | { type: 'messages.lost' }
  // from signaling and the browser
  | { type: 'signaling.lost' }
  /** The server answered the probe after `transport.suspected`. */
  | { type: 'signaling.alive' }
  /** Addresses may have changed. */
  | { type: 'network.changed' }
  // from the peer
  | ({ type: 'offer.received' } & DescriptionMessage)
  | ({ type: 'answer.received' } & DescriptionMessage)
  | ({ type: 'candidate.received' } & CandidateMessage)
  // from a page without a valid continuity proof (client/verification/continuity.ts)
  | ({ type: 'unauthenticatedOffer.received' } & DescriptionMessage)
  | ({ type: 'unauthenticatedAnswer.received' } & DescriptionMessage)
  // from the connection actor, the user and timers
  | PeerConnectionEvent
  /** From the membership machine, which leaves the room. `reason` goes to the peer. */
  | { type: 'user.hungUp'; reason?: HangupMessageReason }
  | { type: 'user.retried' }
  /** The user continues with the unauthenticated peer. */
  | { type: 'user.acceptedPeer' }
  | { type: 'recovery.timedOut' }
  | { type: 'restart.budgetReset' }
  | { type: 'restart.cooledDown' }

/** Events of the actor `peerConnection` (one RTCPeerConnection). */
export type PeerConnectionEvent =
  | ({ type: 'offer.created' } & DescriptionMessage)
  | ({ type: 'answer.created' } & DescriptionMessage)
  | ({ type: 'candidate.gathered' } & CandidateMessage)
  /** Local tracks changed in a way that needs a negotiation. */
  | { type: 'negotiation.needed' }
  /** Local tracks changed before a peer answered. */
  | { type: 'offer.stale' }
  /** `disconnected`: nothing arrives, but the transport may recover. `failed`: it needs an ICE restart. */
  | { type: 'transport.connected' }
  | { type: 'transport.disconnected' }
  | { type: 'transport.failed' }
  /** Media of the peer arrives. Sent once after every `transport.connected`. */
  | { type: 'media.started' }
  /** The peer hung up, through the server or over the data channel. */
  | { type: 'hangup.received'; reason?: HangupMessageReason }
  /** A description was rejected, DTLS failed, or the browser closed the connection. */
  | { type: 'connection.failed'; message: string }

/** Input of the actor `peerConnection`. */
export interface PeerConnectionInput {
  /** Name of the connection, such as `a3.1`. */
  connection: string
  /** Use only relay candidates. */
  relayOnly: boolean
}

/** Commands to the actor `peerConnection`. It executes them one at a time, in order. */
export type PeerConnectionCommand =
  | { type: 'createOffer'; negotiation: number; iceRestart: boolean }
  | ({ type: 'applyOffer' } & DescriptionMessage)
  | ({ type: 'applyAnswer' } & DescriptionMessage)
  | { type: 'addCandidate'; candidate: Candidate }
  /** Not queued, because the connection is closed next. */
  | { type: 'sendHangup' }
  /** The network changed, so check whether media still arrives. */
  | { type: 'checkTransport' }

/** Effects of a call: messages to the peer, reports to the room, and its end. */
export type CallEffect =
  | { type: 'message.outgoing'; message: PeerMessage }
  | { type: 'media.reported'; mediaFlow: 'flowing' | 'stopped' }
  /** No media arrives, so the signaling connection may be lost, too. */
  | { type: 'transport.suspected' }
  | { type: 'call.ended'; reason: CallEndReason }
  /** The user accepted an unauthenticated peer, so the secrets of the previous peer are void. */
  | { type: 'unauthenticatedPeer.accepted' }
