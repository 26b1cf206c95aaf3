import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export type UpgradeListener = (request: IncomingMessage, stream: Duplex, head: Buffer) => void

/**
 * A listener for the server's `upgrade` event. A request that offers a WebSocket goes to `open`. A request that offers another
 * protocol is answered by the request handler, as if it offered none (RFC 9110 §7.8): curl and Java offer `h2c` with every request.
 */
export const createUpgradeListener =
  (server: Server, openWebSocket: UpgradeListener): UpgradeListener =>
  (request, stream, head) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') return openWebSocket(request, stream, head)
    stream.on('error', () => stream.destroy())
    const response = new ServerResponse(request)
    // Node's parser has let go of this connection, so nothing can follow on it.
    response.shouldKeepAlive = false
    response.assignSocket(stream as Socket)
    response.once('finish', () => stream.end())
    server.emit('request', request, response)
  }
