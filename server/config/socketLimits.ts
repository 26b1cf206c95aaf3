import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'

const { frameBytes, requestsPerFrame, subscriptionsPerSocket, messageBurst, messagesPerSecond } = limits
const { firstMessageTimeoutMs, serverPingIntervalMs, serverPongTimeoutMs } = timeouts

/** Limits per socket and per address, and the timeouts of a silent socket in ms. Tests override them. */
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
