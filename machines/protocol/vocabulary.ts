/** Constants that the machines and the messages share. */

/** Why a call ended. */
export const callEndReasons = [
  'local', // the user hung up
  'remote', // the peer hung up
  'left', // the peer left, or did not return
  'replaced', // another tab took over the seat
  'failed', // the transport never connected
  'lost', // the transport was lost and did not recover
] as const
export type CallEndReason = (typeof callEndReasons)[number]

/** Reasons of a failed call that a page reports to the server, from `callEndReasons`. */
export const callFailureReasons = ['failed', 'lost'] as const satisfies readonly CallEndReason[]
export type CallFailureReason = (typeof callFailureReasons)[number]

export type DeviceKind = 'microphone' | 'camera' | 'screen'

/** Why a device delivers no video or audio. The codes are stable; UI texts may change. */
export const deviceProblems = [
  'denied', // the user rejected or revoked the permission
  'denied-by-system', // the operating system, or the page's own policy
  'missing', // no such device
  'busy', // another program has it
  'unsuitable', // does not satisfy the constraints
  'insecure', // not HTTPS, so the browser has no device API
  'unsupported', // HTTPS, but no device API: an in-app browser
  'unplugged', // disappeared while in use
  'stalled', // present, but delivers nothing
  'unknown',
] as const
export type DeviceProblem = (typeof deviceProblems)[number]

/** Whether media arrives from the peer. */
export const mediaFlows = ['flowing', 'stopped'] as const
export type MediaFlow = (typeof mediaFlows)[number]

/**
 * The two seats of a room. The creator has `a` and is impolite; `b` is polite (perfect negotiation, W3C WebRTC §10.7).
 */
export const seats = ['a', 'b'] as const
export const roles = ['impolite', 'polite'] as const
/** State of the other seat: free, taken with a connected socket, or taken without one. */
export const presences = ['absent', 'connected', 'disconnected'] as const

/**
 * The visitors that a room admits. `open`: every visitor. `ask`: a visitor that the waiting holder admits. `locked`:
 * none.
 */
export const roomPolicies = ['open', 'ask', 'locked'] as const
export type RoomPolicy = (typeof roomPolicies)[number]
/** The seats of a room as a visitor sees them: both free, one free, or none free. */
export const occupancies = ['empty', 'waiting', 'full'] as const
/**
 * State of a visitor's request for admission. `none`: there is none, or it has ended. `occupied`: another visitor is at
 * the door.
 */
export const askStates = ['none', 'asking', 'admitted', 'declined', 'occupied'] as const

/** Why a page hangs up without its user. `unsupported`: the sender's browser cannot create a peer connection. */
export const hangupMessageReasons = ['unsupported'] as const

/** Error codes of API calls. The codes are stable; texts may change. */
export const errorCodes = [
  'full', // both seats are taken
  'ask-first', // the room admits only visitors that its holder admitted: ask with `room.visit`
  'locked', // the room admits no visitor
  'invalid-room-name', // not the name of a room
  'invalid-input', // does not match the schema of the procedure
  'too-large', // more than a limit allows
  'throttled', // rate limit exceeded; try again later
  'server-full', // the server has its maximum of rooms: try again in a few minutes
  'not-joined', // the call needs a seat: join first
  'seat-lost', // the token is an old one, or the seat was freed
  'out-of-order', // a sequence number was skipped: send from the expected one
  'unavailable', // the server cannot answer now (store down, draining): try again
  'not-found', // no such procedure
  'internal', // a server error, which the server logged
] as const

/** The types of messages between the two seats. A new message type compiles only if it is listed here. */
export const peerMessageTypes = [
  'offer',
  'answer',
  'candidate',
  'media',
  'hangup',
  'trace.subscribe',
  'trace.entries',
] as const
/** The types of events that the server sends to a seat. A new event type compiles only if it is listed here. */
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
  'door',
  'preparation.answered',
  'room.trace',
] as const

/**
 * Why a file does not arrive. `declined`, `cancelled`: a user decided it. `reloaded`: the sender's page was reloaded and
 * lost the file. `unreadable`: the sender cannot read it. `storage`: the receiver cannot store it. `mismatch`: the bytes
 * are not those of the offer. `limit`: more files, or more bytes, than the receiver takes.
 */
export const transferEndReasons = [
  'declined',
  'cancelled',
  'reloaded',
  'unreadable',
  'storage',
  'mismatch',
  'limit',
] as const
export type TransferEndReason = (typeof transferEndReasons)[number]
