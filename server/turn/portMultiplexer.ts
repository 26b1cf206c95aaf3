import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { isStun, type TurnServer } from '../../turn/index.ts'
import { setReadTimeout } from '../common/clock.ts'

/** Timeout for the first bytes, in ms. Browsers and TURN clients send first, without delay. */
const firstBytesTimeoutMs = 5_000

/**
 * Multiplexes TURN on the web port, for networks that block other ports. The first bytes of a connection, after any TLS
 * handshake, identify the protocol (RFC 7983). Returns a function that closes the connections that have sent no bytes.
 * Call it once, after the HTTP listeners of `server` are attached: it replaces them.
 */
export function multiplexTurn(
  server: Server,
  isTls: boolean,
  turn: Pick<TurnServer, 'handleConnection'>,
  timeoutMs = firstBytesTimeoutMs,
): () => void {
  const event = isTls ? 'secureConnection' : 'connection'
  const httpListeners = server.listeners(event)
  const pending = new Set<Socket>()
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    pending.add(socket)
    socket.once('close', () => pending.delete(socket))
    peekFirstBytes(socket, timeoutMs, (isForTurn) => {
      pending.delete(socket)
      if (isForTurn) turn.handleConnection(socket)
      else for (const listener of httpListeners) listener.call(server, socket)
    })
  })
  return () => {
    for (const socket of pending) socket.destroy()
  }
}

/** Reads the first bytes and unshifts them. Closes a connection that ends, fails or times out before that. */
function peekFirstBytes(socket: Socket, timeoutMs: number, decide: (isForTurn: boolean) => void): void {
  const chunks: Buffer[] = []
  const end = (): void => void socket.destroy()
  const stopTimer = setReadTimeout(timeoutMs, end)
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk)
    const isForTurn = isStun(Buffer.concat(chunks))
    if (isForTurn === undefined) return
    stop()
    socket.pause()
    socket.unshift(Buffer.concat(chunks))
    decide(isForTurn)
    socket.resume()
  }
  const stop = (): void => {
    stopTimer()
    socket.off('data', onData).off('end', end).off('error', end).off('close', stop)
  }
  socket.on('data', onData).on('end', end).on('error', end).on('close', stop)
}
