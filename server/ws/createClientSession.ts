import type { IncomingMessage } from 'node:http'
import { networkKey } from '../../turn/index.ts'
import { Bucket } from '../limits/tokenBucket.ts'
import type { SocketLimits } from '../config/socketLimits.ts'
import type { Proxies } from '../net/trustedProxies.ts'
import { Visitor } from '../api/clientSession.ts'

/** Who it is that asks for a WebSocket. */
export function meet(incoming: IncomingMessage, proxies: Proxies, { messageBurst, messagesPerSecond, framesPerCall }: SocketLimits, at: number): Visitor {
  const address = proxies.callerOf(incoming)
  return new Visitor({
    host: proxies.hostOf(incoming), address: networkKey(address),
    calls: new Bucket(messageBurst, messagesPerSecond, at),
    frames: new Bucket(framesPerCall * messageBurst, framesPerCall * messagesPerSecond, at),
    at,
  })
}
