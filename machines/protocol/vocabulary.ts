/** The words that several machines and the messages share. */

/** Why a call ended. */
export const hangupReasons = [
  'local',     // this person hung up
  'remote',    // the other one hung up
  'left',      // the other one went away, or did not come back
  'elsewhere', // the seat is used in another tab
  'failed',    // no way between the two was found
  'lost',      // the way was lost and not found again
] as const
export type HangupReason = (typeof hangupReasons)[number]

export type DeviceKind = 'microphone' | 'camera' | 'screen'

/** Why a device delivers no picture or sound. Stable: texts may change, these do not. */
export const deviceProblems = [
  'denied',           // the person refused it, or took the permission away
  'denied-by-system', // the operating system, or the page's own policy
  'missing',          // there is none
  'busy',             // another program has it
  'unsuitable',       // it cannot do what was asked of it
  'insecure',         // not on https, so the browser offers none
  'unsupported',      // a secure page, and still the browser offers none: an app's own browser
  'unplugged',        // it went away while in use
  'stalled',          // it is there, and delivers nothing
  'unknown',
] as const
export type DeviceProblem = (typeof deviceProblems)[number]

/** Whether media arrives from the other side. */
export const flows = ['flowing', 'stopped'] as const
export type Media = (typeof flows)[number]

/** The two seats of a room. `a` is its creator's: impolite. `b` is polite (perfect negotiation, W3C WebRTC §10.7). */
export const seats = ['a', 'b'] as const
export const roles = ['impolite', 'polite'] as const
/** Whether somebody has the other seat, and is there. */
export const presences = ['absent', 'here', 'away'] as const

/** Why a page hangs up where the person did not decide it. `unsupported`: the speaker's browser cannot make a peer connection. */
export const byeReasons = ['unsupported'] as const

/** Why something is refused. Stable: texts may change, these do not. */
export const codes = [
  'full',        // both seats are taken
  'bad-room',    // no name of a room
  'bad-input',   // not of the procedure's form
  'too-large',   // more than a limit allows
  'throttled',   // too much at once; try again later
  'server-full', // the server has as many rooms as it may have: try again in a few minutes
  'not-ready',   // nothing of this kind without a seat: visit first
  'seat-lost',   // the token is an old one, or the seat was freed
  'out-of-order',// a number was left out: send from the one expected
  'unavailable', // the server cannot say now (store down, draining): try again
  'not-found',   // no such procedure
  'internal',    // our fault; the log knows
] as const

/** What one holder says to the other, by its type. A new type of message does not compile until it is here. */
export const peerMessageTypes = ['offer', 'answer', 'candidate', 'media', 'bye', 'watch', 'trace'] as const
/** What the room tells a holder, by its type. A new type of news does not compile until it is here. */
export const roomEventTypes = [
  'joined', 'ready', 'full', 'message', 'peer.away', 'peer.back', 'peer.left', 'seat.taken', 'resync', 'drain', 'log',
] as const
