import type { IncomingMessage } from 'node:http'
import { networkKey } from '../../turn/index.ts'
import { TokenBucket } from '../limits/tokenBucket.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import type { TrustedProxies } from '../net/trustedProxies.ts'
import { ClientSession } from '../api/clientSession.ts'

/** Creates the session of a client that opens a WebSocket. */
export function createClientSession(
  incoming: IncomingMessage,
  proxies: TrustedProxies,
  { messageBurst, messagesPerSecond, framesPerRequest }: Limits,
  nowMs: number,
): ClientSession {
  const address = proxies.clientAddress(incoming)
  return new ClientSession({
    serverHost: proxies.requestedHost(incoming),
    access: proxies.access(incoming),
    address: networkKey(address),
    callBudget: new TokenBucket(messageBurst, messagesPerSecond, nowMs),
    frameBudget: new TokenBucket(framesPerRequest * messageBurst, framesPerRequest * messagesPerSecond, nowMs),
    nowMs,
  })
}
