import { Socket } from 'node:net'
import { createSocketPair } from '../engine/socketPair.ts'
import { loadSystemCalls } from '../engine/systemCalls.ts'

/**
 * Forwards a connection of the web port to another thread, because a thread cannot take over a socket of Node. The
 * kernel's buffers of the pair slow a sender whose packets wait.
 * @returns the descriptor of the other end, which that thread must close
 * @throws the system's error, such as EMFILE
 */
export function forwardConnection(socket: Socket): number {
  const [nearFd, farFd] = createSocketPair(loadSystemCalls())
  const near = new Socket({ fd: nearFd })
  for (const [one, other] of [
    [socket, near],
    [near, socket],
  ] as const) {
    one.on('error', () => one.destroy())
    one.on('close', () => other.destroy())
    one.pipe(other)
  }
  return farFd
}
