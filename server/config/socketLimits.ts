import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'

const { frameBytes, requestsPerFrame, subscriptionsPerSocket, messageBurst, messagesPerSecond } = limits
const { firstMessageTimeoutMs, serverPingIntervalMs, serverPongTimeoutMs } = timeouts

/** What a socket and an address may do, and how long a socket may be silent (ms). Tests bring their own. */
export const defaultSocketLimits = {
  frameBytes,
  requestsPerFrame,
  subscriptionsPerSocket,
  messageBurst,
  messagesPerSecond,
  ...serverLimits,
  firstMessageTimeoutMs,
  serverPingIntervalMs,
  serverPongTimeoutMs,
}

export type SocketLimits = { [K in keyof typeof defaultSocketLimits]: number }
