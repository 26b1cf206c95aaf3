import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, systemClock } from '../common/clock.ts'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

interface Connection {
  /** Since when, in ms, a request is unfinished; null while none is. */
  waitingSince: number | null
  /** What had come when the last request was finished: more than that begins the next one. */
  bytesRead: number
  isAnswering: boolean
}

/**
 * Closes connections that take longer than `patienceMs` for a request, as Node's `requestTimeout` does it. Node's own judges by
 * the wall clock, before it reads what waits in the kernel: after a stall of 6 s it answered every waiting request with 408. Here
 * only time counts in which the event loop was reading. Returns what stops it.
 * @param note gets the rejection of each request that arrived in part, for the log
 * @param event on which `server` gets connections: `connection`, or `secureConnection` behind TLS
 */
export function limitRequestTime(
  server: Server, event: 'connection' | 'secureConnection', patienceMs: number, sweepMs: number, note: (rejection: Rejection) => void, clock: Clock = systemClock,
): () => void {
  const connections = new Map<Socket, Connection>()
  let stalledMs = 0
  const now = (): number => clock.now() - stalledMs

  const stop = clock.every(sweepMs, (lateMs) => {
    stalledMs += lateMs
    // The event loop reads what waits before it comes to what is immediate.
    if (lateMs > sweepMs / 2) setImmediate(sweep)
    else sweep()
  })

  function sweep(): void {
    for (const [socket, connection] of connections) {
      if (connection.waitingSince === null && !connection.isAnswering && socket.bytesRead > connection.bytesRead) connection.waitingSince = now()
      if (connection.waitingSince !== null && now() - connection.waitingSince >= patienceMs) close(socket, connection)
    }
  }

  function close(socket: Socket, { isAnswering, bytesRead }: Connection): void {
    connections.delete(socket)
    if (isAnswering || !socket.writable) return socket.destroySoon()
    // Browsers open connections in advance: one that sent nothing is no fault to log.
    if (socket.bytesRead > bytesRead) note(rejections.requestTimeout)
    writeRejection(socket, rejections.requestTimeout)
  }

  /** One for all connections: a listener of its own costs each socket 300 bytes. */
  function forget(this: Socket): void {
    connections.delete(this)
  }

  server.on(event, (socket: Socket) => {
    connections.set(socket, { waitingSince: now(), bytesRead: socket.bytesRead, isAnswering: false })
    socket.on('close', forget)
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const connection = connections.get(socket)
    if (!connection) return
    connection.isAnswering = true
    if (request.complete || hasNoBody(request)) connection.waitingSince = null
    else {
      connection.waitingSince ??= now()
      request.once('end', () => { connection.waitingSince = null })
    }
    response.once('close', () => {
      connection.isAnswering = false
      connection.bytesRead = socket.bytesRead
      // The rest of its body may still be missing.
      if (request.complete) connection.waitingSince = null
    })
  })
  server.on('upgrade', ({ socket }: IncomingMessage) => {
    connections.delete(socket)
    socket.off('close', forget)
  })
  return stop
}

const hasNoBody = ({ headers }: IncomingMessage): boolean => headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
