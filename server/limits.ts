import { limits } from '../machines/limits.ts'
import { timers } from '../machines/timers.ts'

const { frameBytes, unsentBytes, callsPerFrame, subscriptionsPerSocket, socketsPerAddress, messageBurst, messagesPerSecond } = limits
const { firstMessage, serverPing, serverPatience } = timers

/** What one socket may do, how long it may be silent, and how many one address may have. Tests bring their own. */
export const socketLimits = {
  frameBytes, unsentBytes, callsPerFrame, subscriptionsPerSocket, socketsPerAddress, messageBurst, messagesPerSecond,
  firstMessage, serverPing, serverPatience,
}

export type SocketLimits = { [K in keyof typeof socketLimits]: number }
