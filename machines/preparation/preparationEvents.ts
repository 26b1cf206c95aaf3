import type { PreparationStep } from '../protocol/messages.ts'

/** The holder waits in the room; the visitor is in the lobby. */
export type PreparationSide = 'holder' | 'visitor'

export interface PreparationContext {
  side: PreparationSide
  /** The current attempt; null without one. */
  attempt: number | null
  /** The visitor may request an attempt. */
  isAvailable: boolean
  /** The lobby page has been hidden for a while, so it prepares nothing. */
  isHidden: boolean
  /** The holder's offer of this attempt has arrived. */
  hasOffer: boolean
  /** Failed attempts in a row. */
  failures: number
}

export type PreparationEvent =
  // from the server
  /** The visitor may request an attempt. */
  | { type: 'attempt.available' }
  /** The visitor has no attempt and may not request one. */
  | { type: 'attempt.unavailable' }
  | { type: 'attempt.started'; id: number; side: PreparationSide }
  | { type: 'offer.received'; sdp: string }
  | { type: 'answer.received'; sdp: string }
  /** The server assigned the visitor's seat. `id`: the attempt whose connection is the call's; null without one. */
  | { type: 'seat.confirmed'; id: number | null }
  | { type: 'seat.rejected' }
  // from the page
  /** The visitor joins, or the holder admits. */
  | { type: 'user.claimed' }
  /** The visitor joins, or the holder admits this visitor: the peer said so over the data channel. */
  | { type: 'peer.claimed' }
  | { type: 'network.changed' }
  | { type: 'page.hidden' }
  | { type: 'page.shown' }
  // from a timer
  | { type: 'page.timedOut' }
  | PreparedConnectionEvent

/** Events of the actor `connection` (one RTCPeerConnection without media). */
export type PreparedConnectionEvent =
  /** The offer or the answer is complete. */
  { type: 'description.created'; sdp: string } | { type: 'connection.opened' } | { type: 'connection.failed' }

/** The meaning of each event. `after.*` is a delayed transition, `always` an eventless one. */
export const preparationEventDescriptions = {
  'attempt.available': 'The visitor may prepare a connection with the waiting holder.',
  'attempt.unavailable': 'The attempt ended, and the visitor may not have another one now.',
  'attempt.started': 'The server started an attempt of the holder and this visitor.',
  'offer.received': 'The holder’s offer arrived.',
  'answer.received': 'The visitor’s answer arrived.',
  'seat.confirmed': 'The visitor has a seat. The server says whether the prepared connection becomes the call.',
  'seat.rejected': 'The server rejected the join, so nothing more is sent.',
  'user.claimed': 'The user joins, or admits the visitor.',
  'network.changed': 'The network may have changed, so the connection is made again.',
  'page.hidden': 'The lobby page is hidden.',
  'page.shown': 'The lobby page is visible again.',
  'page.timedOut': 'The lobby page was hidden for a minute, so the connection is closed.',
  'description.created': 'The offer or the answer is complete, with relay candidates only.',
  'connection.opened': 'The data channel is open.',
  'connection.failed': 'The connection failed, or could not be made.',
  'peer.claimed': 'The peer joins, or admits this visitor. It said so over the data channel.',
  'after.pause': 'The pause before the next attempt is over.',
  'after.prepareTimeout': 'The attempt took 15 seconds, so it has failed.',
  'after.preparedMaxAge': 'The visitor’s TURN credentials end soon, so it makes the connection again.',
  'after.joinConfirmation': 'The server confirmed no seat in five seconds, so the connection is closed.',
  always: 'The visitor may request an attempt, and its page is visible.',
} satisfies Record<PreparationEvent['type'] | 'always' | `after.${string}`, string>

/** Commands to the actor `connection`. A stop closes the connection, unless it was released. */
export type PreparedConnectionCommand =
  | { type: 'applyOffer'; sdp: string }
  | { type: 'applyAnswer'; sdp: string }
  /** Says over the data channel that the user joins or admits. */
  | { type: 'announce' }
  /** Sends the local tracks. */
  | { type: 'fillSenders' }
  /** The call takes the connection over. */
  | { type: 'release' }

/** Steps for the server. */
export type PreparationEffect = { type: 'step.taken'; step: PreparationStep }
