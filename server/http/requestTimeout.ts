import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, systemClock } from '../common/clock.ts'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

interface Connection {
  /** When the unfinished request began, in ms; null without one. */
  pendingSince: number | null
  /** Bytes read when the last request ended. Further bytes begin the next request. */
  bytesReadBefore: number
  isResponding: boolean
  /** True if the unfinished request has its response already. */
  isAnswered: boolean
}

/**
 * Closes connections that take longer than `timeoutMs` to send a request. Replaces Node's `requestTimeout`, which uses
 * the wall clock and checks before it reads pending data: after a stall of 6 s it answered every pending request
 * with 408. Here a stall of the event loop does not count. Returns a function that stops the checks.
 * @param event of `server` for a new connection: `connection`, or `secureConnection` with TLS
 * @param onRejection receives the rejection of each incomplete request, for the log
 */
export function enforceRequestTimeout(
  server: Server,
  event: 'connection' | 'secureConnection',
  timeoutMs: number,
  sweepIntervalMs: number,
  onRejection: (rejection: Rejection) => void,
  clock: Clock = systemClock,
): () => void {
  const connections = new Map<Socket, Connection>()
  let stalledMs = 0
  const now = (): number => clock.now() - stalledMs

  const stop = clock.every(sweepIntervalMs, (lateMs) => {
    stalledMs += lateMs
    // The event loop reads pending data before it runs immediates.
    if (lateMs > sweepIntervalMs / 2) setImmediate(sweep)
    else sweep()
  })

  function sweep(): void {
    for (const [socket, connection] of connections) {
      if (connection.pendingSince === null && !connection.isResponding && socket.bytesRead > connection.bytesReadBefore)
        connection.pendingSince = now()
      if (connection.pendingSince !== null && now() - connection.pendingSince >= timeoutMs) close(socket, connection)
    }
  }

  function close(socket: Socket, { isResponding, isAnswered, bytesReadBefore }: Connection): void {
    connections.delete(socket)
    if (isResponding || isAnswered || !socket.writable) return socket.destroySoon()
    // Browsers open connections in advance. A connection without data is not logged.
    if (socket.bytesRead > bytesReadBefore) onRejection(rejections.requestTimeout)
    writeRejection(socket, rejections.requestTimeout)
  }

  /** One listener for all connections: a listener per socket costs 300 bytes each. */
  function untrack(this: Socket): void {
    connections.delete(this)
  }

  server.on(event, (socket: Socket) => {
    connections.set(socket, {
      pendingSince: now(),
      bytesReadBefore: socket.bytesRead,
      isResponding: false,
      isAnswered: false,
    })
    socket.on('close', untrack)
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const connection = connections.get(socket)
    if (!connection) return
    connection.isResponding = true
    if (request.complete || hasNoBody(request)) connection.pendingSince = null
    else {
      connection.pendingSince ??= now()
      request.once('end', () => {
        connection.pendingSince = null
        connection.isAnswered = false
      })
    }
    response.once('close', () => {
      connection.isResponding = false
      connection.bytesReadBefore = socket.bytesRead
      // The rest of the request body may still be missing.
      if (request.complete) connection.pendingSince = null
      else connection.isAnswered = true
    })
  })
  server.on('upgrade', ({ socket }: IncomingMessage) => {
    connections.delete(socket)
    socket.off('close', untrack)
  })
  return stop
}

const hasNoBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
