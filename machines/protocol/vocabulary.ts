/** The words that several machines and the messages share. */

/** Why a call ended. */
export const callEndReasons = [
  'local', // this person hung up
  'remote', // the other one hung up
  'left', // the other one went away, or did not come back
  'replaced', // the seat is used in another tab
  'failed', // no way between the two was found
  'lost', // the way was lost and not found again
] as const
export type CallEndReason = (typeof callEndReasons)[number]

export type DeviceKind = 'microphone' | 'camera' | 'screen'

/** Why a device delivers no picture or sound. Stable: texts may change, these do not. */
export const deviceProblems = [
  'denied', // the person refused it, or took the permission away
  'denied-by-system', // the operating system, or the page's own policy
  'missing', // there is none
  'busy', // another program has it
  'unsuitable', // it cannot do what was asked of it
  'insecure', // not on https, so the browser offers none
  'unsupported', // a secure page, and still the browser offers none: an app's own browser
  'unplugged', // it went away while in use
  'stalled', // it is there, and delivers nothing
  'unknown',
] as const
export type DeviceProblem = (typeof deviceProblems)[number]

/** Whether media arrives from the other side. */
export const mediaFlows = ['flowing', 'stopped'] as const
export type MediaFlow = (typeof mediaFlows)[number]

/** The two seats of a room. `a` is its creator's: impolite. `b` is polite (perfect negotiation, W3C WebRTC §10.7). */
export const seats = ['a', 'b'] as const
export const roles = ['impolite', 'polite'] as const
/** State of the other seat: free, taken with a connected socket, or taken without one. */
export const presences = ['absent', 'connected', 'disconnected'] as const

/** Why a page hangs up where the person did not decide it. `unsupported`: the sender's browser cannot make a peer connection. */
export const hangupMessageReasons = ['unsupported'] as const

/** Why a call is rejected. Stable: texts may change, these do not. */
export const errorCodes = [
  'full', // both seats are taken
  'invalid-room-name', // not the name of a room
  'invalid-input', // does not match the schema of the procedure
  'too-large', // more than a limit allows
  'throttled', // rate limit exceeded; try again later
  'server-full', // the server has as many rooms as it may have: try again in a few minutes
  'not-joined', // the call needs a seat: join first
  'seat-lost', // the token is an old one, or the seat was freed
  'out-of-order', // a sequence number was left out: send from the expected one
  'unavailable', // the server cannot answer now (store down, draining): try again
  'not-found', // no such procedure
  'internal', // a fault of the server, which is in its log
] as const

/** The types of messages between the two seats. A new type does not compile until it is here. */
export const peerMessageTypes = [
  'offer',
  'answer',
  'candidate',
  'media',
  'hangup',
  'trace.subscribe',
  'trace.entries',
] as const
/** The types of events that the server sends to a seat. A new type does not compile until it is here. */
export const roomEventTypes = [
  'joined',
  'ready',
  'full',
  'message',
  'peer.disconnected',
  'peer.reconnected',
  'peer.left',
  'seat.replaced',
  'resync',
  'drain',
  'room.trace',
] as const
