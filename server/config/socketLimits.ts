import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { timers } from '../../machines/protocol/timeouts.ts'

const { frameBytes, callsPerFrame, subscriptionsPerSocket, messageBurst, messagesPerSecond } = limits
const { firstMessage, serverPing, serverPatience } = timers

/** What a socket and an address may do, and how long a socket may be silent (ms). Tests bring their own. */
export const socketLimits = {
  frameBytes, callsPerFrame, subscriptionsPerSocket, messageBurst, messagesPerSecond, ...serverLimits,
  firstMessage, serverPing, serverPatience,
}

export type SocketLimits = { [K in keyof typeof socketLimits]: number }
