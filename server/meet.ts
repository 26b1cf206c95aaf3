import type { IncomingMessage } from 'node:http'
import { networkKey } from '../turn/index.ts'
import { Bucket } from './bucket.ts'
import type { SocketLimits } from './limits.ts'
import type { Proxies } from './proxies.ts'
import { Visitor } from './visitor.ts'

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
