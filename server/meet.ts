import type { IncomingMessage } from 'node:http'
import { Bucket } from './bucket.ts'
import { isLoopback, isLoopbackHost, parseHost } from './host.ts'
import type { SocketLimits } from './limits.ts'
import type { Proxies } from './proxies.ts'
import { throttleKey } from './throttle.ts'
import { Visitor } from './visitor.ts'

/** Frames that are no call (pings, garbage) may come too, but not without end. */
const framesPerCall = 4

/** Who it is that asks for a WebSocket. */
export function meet(incoming: IncomingMessage, proxies: Proxies, { messageBurst, messagesPerSecond }: SocketLimits, at: number): Visitor {
  const host = parseHost(incoming.headers.host)
  const address = proxies.callerOf(incoming)
  const isNear = isLoopback(address) && !proxies.hides(incoming)
  return new Visitor({
    host: host?.host ?? '', address: throttleKey(address), isLocal: isNear && host !== null && isLoopbackHost(host),
    calls: new Bucket(messageBurst, messagesPerSecond, at),
    frames: new Bucket(framesPerCall * messageBurst, framesPerCall * messagesPerSecond, at),
    at,
  })
}
