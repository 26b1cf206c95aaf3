import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { isStun, peekFirstBytes, type TurnServer } from '../../turn/index.ts'

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
    peekFirstBytes(socket, timeoutMs, isStun, (isForTurn) => {
      pending.delete(socket)
      if (isForTurn) turn.handleConnection(socket)
      else for (const listener of httpListeners) listener.call(server, socket)
      socket.resume()
    })
  })
  return () => {
    for (const socket of pending) socket.destroy()
  }
}
