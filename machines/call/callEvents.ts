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

/** The connection that both pages prepared. Its first negotiation is complete. */
export interface PreparedCall {
  connection: string
  remoteUfrag: string | null
}

/**
 * `prepared`: the connection of the call. Null: the server expects a prepared connection that this page has lost.
 * Absent: there is none.
 */
type PreparedField = { prepared?: PreparedCall | null | undefined }

/** The server assigned a seat. `peer`: state of the other seat. `resumed`: this client held the seat before. */
export type JoinAccepted = {
  type: 'join.accepted'
  seat: SeatName
  role: Role
  epoch: number
  peer: Presence
  resumed: boolean
} & PreparedField

/** Events of the call machine (callMachine.ts). */
export type CallEvent =
  // from the room
  | JoinAccepted
  /** Another tab has the seat, or the server no longer knows it. */
  | { type: 'seat.lost'; reason: 'replaced' | 'lost' }
  | ({ type: 'peer.joined' } & PreparedField)
  | { type: 'peer.disconnected' }
  /** `lost`: the peer did not return within the grace period. */
  | { type: 'peer.left'; reason: 'left' | 'lost' }
  /** `reloaded`: the peer's page was reloaded and offers a new connection. */
  | { type: 'peer.reconnected'; reloaded: boolean }
  | { type: 'messages.lost' }
  // from signaling and the browser
  | { type: 'signaling.lost' }
  | { type: 'signaling.alive' }
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
  | { type: 'user.acceptedPeer' }
  | { type: 'recovery.timedOut' }
  | { type: 'restart.budgetReset' }
  | { type: 'restart.allowed' }

/** Events of the actor `peerConnection` (one RTCPeerConnection). */
export type PeerConnectionEvent =
  | ({ type: 'offer.created' } & DescriptionMessage)
  | ({ type: 'answer.created' } & DescriptionMessage)
  | ({ type: 'candidate.gathered' } & CandidateMessage)
  | { type: 'negotiation.needed' }
  | { type: 'offer.stale' }
  | { type: 'transport.connected' }
  | { type: 'transport.disconnected' }
  | { type: 'transport.failed' }
  /** Sent once after every `transport.connected`. */
  | { type: 'media.started' }
  | { type: 'hangup.received'; reason?: HangupMessageReason }
  | { type: 'connection.failed'; message: string }

/** The meaning of each event. `after.*` is a delayed transition, `always` an eventless one. */
export const callEventDescriptions = {
  'join.accepted': 'The server assigned a seat and a role, and reported whether the peer is present.',
  'seat.lost': 'Another tab has the seat, or the server no longer knows it.',
  'peer.joined': 'A peer took the other seat.',
  'peer.disconnected': 'The peer’s socket closed. Their seat is kept.',
  'peer.reconnected': 'The peer’s signaling is connected again.',
  'peer.left': 'The peer’s seat is free.',
  'messages.lost': 'Messages of the peer were lost, so both sides negotiate again.',
  'signaling.lost': 'The signaling connection is lost. Messages are queued.',
  'signaling.alive': 'The server answered a probe of the suspected signaling connection.',
  'network.changed': 'The browser reports that addresses may have changed, or the device slept.',
  'offer.received': 'The peer offers a new connection, or a negotiation of the current one.',
  'answer.received': 'The peer answers an offer.',
  'candidate.received': 'The peer sent an ICE candidate.',
  'unauthenticatedOffer.received':
    'A page without a continuity proof offers a connection. While media flows, the call is not affected.',
  'unauthenticatedAnswer.received':
    'A page without a continuity proof answers. While media flows, the call is not affected.',
  'hangup.received': 'The peer hung up, through the server or over the data channel.',
  'offer.created': 'The browser created the offer.',
  'answer.created': 'The browser created the answer.',
  'candidate.gathered': 'The browser gathered a local ICE candidate.',
  'negotiation.needed': 'Local tracks changed in a way that needs a negotiation.',
  'offer.stale': 'Local tracks changed before a peer answered.',
  'transport.connected': 'The transport to the peer is connected.',
  'transport.disconnected': 'No audio, video or heartbeat has arrived for a moment.',
  'transport.failed': 'The transport failed, or never connected. It doesn’t recover without a restart.',
  'media.started': 'The peer’s media arrives.',
  'connection.failed': 'The peer connection failed: a description was rejected, DTLS failed, or the browser closed it.',
  'user.hungUp': 'The user hung up, and membership leaves the room.',
  'user.retried': 'The user asked for the call again.',
  'user.acceptedPeer': 'The user continues with the unauthenticated peer.',
  'recovery.timedOut': 'The transport was lost for 90 seconds, so the call is lost.',
  'restart.allowed':
    'Another restart is allowed: five seconds after the last one, or half a second after signaling reconnected.',
  'restart.budgetReset': 'A minute after the first restart, all restarts are available again.',
  'after.offerMaxAge':
    'No peer joined for four minutes. Addresses and credentials expire, so the page creates a new offer.',
  'after.answerTimeout': 'No answer arrived in 15 seconds, so the page sends a new offer.',
  'after.offerTimeout': 'The expected offer didn’t arrive in 30 seconds, so the page makes one.',
  'after.connectTimeout': 'The transport didn’t connect in 20 seconds, so it counts as failed.',
  'after.maxRestartDelay':
    'The transport didn’t recover: restart ICE, or create a new connection after two failed restarts. ' +
    'Signaling has to be up, and the last restart at least five seconds ago. ' +
    'The impolite side starts at once, the polite side 1.5 seconds later unless the transport failed. ' +
    'After a rejoin both wait 0.5 seconds for the mailbox.',
  'after.decisionTimeout': 'The user didn’t decide about the unauthenticated peer in 90 seconds, so the call is lost.',
  'after.restartTimeout': 'The transport didn’t reconnect in 15 seconds, so the restart counts as failed.',
  'after.directDelay':
    'The first pictures are there. The holder restarts ICE, to find a direct pair instead of the relay.',
  always:
    'In stalled, a failed transport ends the call. If an unauthenticated peer waits, the user decides. In stable, a prepared connection still needs a direct path.',
} satisfies Record<CallEvent['type'] | 'always' | `after.${string}`, string>

/** Input of the actor `peerConnection`. */
export interface PeerConnectionInput {
  /** Name of the connection, such as `a3.1`. */
  connection: string
  /** Use only relay candidates. */
  relayOnly: boolean
  /** Take over the prepared connection. */
  isPrepared?: boolean
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
