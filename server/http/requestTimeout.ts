import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, systemClock } from '../common/clock.ts'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

interface Connection {
  /** Since when, in ms, a request is unfinished; null while none is. */
  pendingSince: number | null
  /** What had come when the last request was finished: more than that begins the next one. */
  bytesReadBefore: number
  isResponding: boolean
}

/**
 * Closes connections that take longer than `relayWaitMs` for a request, as Node's `requestTimeout` does it. Node's own judges by
 * the wall clock, before it reads what waits in the kernel: after a stall of 6 s it answered every waiting request with 408. Here
 * only time counts in which the event loop was reading. Returns what stops it.
 * @param onRejection gets the rejection of each request that arrived in part, for the log
 * @param event on which `server` gets connections: `connection`, or `secureConnection` behind TLS
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
    // The event loop reads what waits before it comes to what is immediate.
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

  function close(socket: Socket, { isResponding, bytesReadBefore }: Connection): void {
    connections.delete(socket)
    if (isResponding || !socket.writable) return socket.destroySoon()
    // Browsers open connections in advance: one that sent nothing is no fault to log.
    if (socket.bytesRead > bytesReadBefore) onRejection(rejections.requestTimeout)
    writeRejection(socket, rejections.requestTimeout)
  }

  /** One for all connections: a listener of its own costs each socket 300 bytes. */
  function untrack(this: Socket): void {
    connections.delete(this)
  }

  server.on(event, (socket: Socket) => {
    connections.set(socket, { pendingSince: now(), bytesReadBefore: socket.bytesRead, isResponding: false })
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
      })
    }
    response.once('close', () => {
      connection.isResponding = false
      connection.bytesReadBefore = socket.bytesRead
      // The rest of its body may still be missing.
      if (request.complete) connection.pendingSince = null
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
