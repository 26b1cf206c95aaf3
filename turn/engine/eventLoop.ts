import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { BatchSockets } from './batchSockets.ts'
import { createSocketPair } from './socketPair.ts'
import { findEpollDescriptors, type SystemCalls } from './systemCalls.ts'

/** Longest wait for a packet, in ms. Timers of this thread are late by at most this time. An idle thread wakes as often. */
const maxWaitMs = 100

/** Time for packets before Node's event loop has its turn, in ms. */
const maxMsPerTurn = 5

/**
 * Turns of Node's event loop after its last event, before the thread waits for a packet. An event may cause work for
 * the next turn, such as `setImmediate`.
 */
const quietTurns = 3

/**
 * Watches Node's event loop of this thread: libuv's epoll descriptor is readable when Node has work. So one
 * `epoll_wait` waits for packets, streams and messages alike, without a thread pool and without polling. Node has no
 * interface for that descriptor. proc(5) shows it: the one that watches a new socket of this thread.
 * @throws {Error} when it is not found, for example without /proc
 */
export async function watchNodeLoop(system: SystemCalls, sockets: BatchSockets): Promise<void> {
  const [probeFd, otherFd] = createSocketPair(system)
  const probe = new Socket({ fd: probeFd })
  try {
    probe.resume()
    // libuv adds a socket to epoll when it polls the next time.
    await turnOfLoop()
    await turnOfLoop()
    const found = findEpollDescriptors(probeFd)
    if (found.length !== 1) throw new Error(`it needs the epoll descriptor of Node, and found ${found.length}`)
    sockets.watch(found[0]!)
    writeSync(otherFd, 'x')
    if (sockets.turn(maxWaitMs) !== -1) throw new Error('the epoll descriptor of Node does not report events')
  } finally {
    probe.destroy()
    // Node would warn about a descriptor that it did not open.
    system.close(otherFd)
  }
}

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Runs the sockets and Node's event loop in turns. Node's own loop never waits, because an immediate is always pending.
 * @param hasWork returns whether JavaScript has work that no descriptor shows; then the loop does not wait
 * @returns stops the loop
 */
export function runEventLoop(sockets: Pick<BatchSockets, 'turn'>, hasWork: () => boolean): () => void {
  let isStopped = false
  let quiet = 0
  const run = (): void => {
    if (isStopped) return
    setImmediate(run)
    quiet++
    const endsAt = performance.now() + maxMsPerTurn
    const timeoutMs = quiet > quietTurns && !hasWork() ? maxWaitMs : 0
    let events: number
    do events = sockets.turn(timeoutMs)
    while (events > 0 && performance.now() < endsAt)
    if (events < 0) quiet = 0
  }
  setImmediate(run)
  return () => void (isStopped = true)
}
