import type { IncomingMessage } from 'node:http'
import { networkKey } from '../../turn/index.ts'
import { TokenBucket } from '../limits/tokenBucket.ts'
import type { SocketLimits } from '../config/socketLimits.ts'
import type { TrustedProxies } from '../net/trustedProxies.ts'
import { ClientSession } from '../api/clientSession.ts'

/** Creates the session of a client that opens a WebSocket. */
export function createClientSession(
  incoming: IncomingMessage,
  proxies: TrustedProxies,
  { messageBurst, messagesPerSecond, framesPerRequest }: SocketLimits,
  nowMs: number,
): ClientSession {
  const address = proxies.clientAddress(incoming)
  return new ClientSession({
    serverHost: proxies.requestedHost(incoming),
    address: networkKey(address),
    callBudget: new TokenBucket(messageBurst, messagesPerSecond, nowMs),
    frameBudget: new TokenBucket(framesPerRequest * messageBurst, framesPerRequest * messagesPerSecond, nowMs),
    nowMs,
  })
}
