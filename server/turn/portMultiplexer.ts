import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { isStun, type Turn } from '../../turn/index.ts'
import { readTimeout } from '../common/clock.ts'

/** Browsers and TURN clients speak first, and at once. */
const patienceMs = 5_000

/**
 * Lets TURN in at the web port, for networks that let nothing else out: the first bytes of a connection, behind the TLS
 * handshake if there is one, tell whose it is. Returns what ends those that have not said anything yet.
 */
export function shareWithTurn(server: Server, isTls: boolean, turn: Pick<Turn, 'serve'>, patience = patienceMs): () => void {
  const event = isTls ? 'secureConnection' : 'connection'
  const toHttp = server.listeners(event)
  const silent = new Set<Socket>()
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
    firstBytes(socket, patience, (isForTurn) => {
      silent.delete(socket)
      if (isForTurn) turn.serve(socket)
      else for (const listener of toHttp) listener.call(server, socket)
    })
  })
  return () => {
    for (const socket of silent) socket.destroy()
  }
}

/** Looks at what comes first and puts it back; a connection that ends, fails or stays silent before is closed. */
function firstBytes(socket: Socket, patience: number, decide: (isForTurn: boolean) => void): void {
  const chunks: Buffer[] = []
  const end = (): void => void socket.destroy()
  const stopTimer = readTimeout(patience, end)
  const look = (chunk: Buffer): void => {
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
    socket.off('data', look).off('end', end).off('error', end).off('close', stop)
  }
  socket.on('data', look).on('end', end).on('error', end).on('close', stop)
}
