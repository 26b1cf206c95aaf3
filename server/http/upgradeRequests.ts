import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { normalizeTarget, removePathPrefix } from '../net/requestTarget.ts'

/** A listener for `upgrade` events of an HTTP server. */
export type UpgradeListener = (request: IncomingMessage, stream: Duplex, head: Buffer) => void

/**
 * Creates a listener for `upgrade` events. An upgrade to WebSocket goes to `openWebSocket`.
 * The request handler answers any other as a plain request (RFC 9110 §7.8).
 * curl and Java offer `h2c` in every request.
 * @param pathPrefix a path prefix to remove, such as `/duet`
 */
export const createUpgradeListener =
  (server: Server, openWebSocket: UpgradeListener, pathPrefix = ''): UpgradeListener =>
  (request, stream, head) => {
    normalizeTarget(request)
    if (request.headers.upgrade?.toLowerCase() === 'websocket') {
      removePathPrefix(request, pathPrefix)
      return openWebSocket(request, stream, head)
    }
    stream.on('error', () => stream.destroy())
    const response = new ServerResponse(request)
    // Node's parser has released this connection, so it cannot carry another request.
    response.shouldKeepAlive = false
    response.assignSocket(stream as Socket)
    // `end` would leave the connection to the client: it stays open until the client closes it.
    response.once('finish', () => (stream as Socket).destroySoon())
    server.emit('request', request, response)
  }
