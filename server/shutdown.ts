import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TurnServer } from '../turn/index.ts'
import { drainRelay } from './turn/relayDrain.ts'
import type { Dependencies } from './api/dependencies.ts'
import type { SocketServer } from './ws/socketServer.ts'
import type { HttpServer } from './http/httpServer.ts'

/** The parts of a server that a shutdown stops. */
export interface ServerParts {
  httpServer: HttpServer
  socketServer: SocketServer
  dependencies: Dependencies
  turn: TurnServer | null
  /** Stop timers and file watchers. */
  stopFunctions: readonly (() => void)[]
  /** Saves the rooms for the next run of the server. */
  saveRooms(): void
}

/** Time in ms after the spread, in which the last clients open their socket to another server. */
const lastMoveMs = 1_000
/** Interval in ms at which a drain looks for open sockets. */
const moveTickMs = 100

/** Graceful shutdown: lets clients move to another server, disconnects the others, then waits at most `relayTimeoutMs` for relayed calls to finish. */
export async function drain(parts: ServerParts, relayTimeoutMs: number): Promise<void> {
  // First, so that no new relayed call begins while clients are disconnected.
  const relayDrained = parts.turn && drainRelay(parts.turn, relayTimeoutMs, parts.dependencies.log)
  await moveClients(parts)
  await disconnectClients(parts)
  await relayDrained
  await closeListeners(parts)
}

/** Immediate shutdown, without waiting for relayed calls. Also ends a drain that is under way. */
export async function close(parts: ServerParts): Promise<void> {
  await disconnectClients(parts)
  await closeListeners(parts)
}

/**
 * Announces the drain to the clients with a seat, each with its delay, and accepts no more connections. Resolves when no
 * socket is open, or after the spread.
 */
async function moveClients({
  httpServer,
  socketServer,
  dependencies: { drain, clock, log },
}: ServerParts): Promise<void> {
  httpServer.server.close()
  log.info({ sockets: socketServer.count }, 'server draining')
  drain.start()
  if (drain.spreadMs === 0) return
  const endsAtMs = clock.now() + drain.spreadMs + lastMoveMs
  await new Promise<void>((resolve) => {
    // The timers of the clock do not keep the process alive.
    const keepAlive = setInterval(() => undefined, moveTickMs)
    const stop = clock.every(moveTickMs, () => {
      if (socketServer.count > 0 && clock.now() < endsAtMs) return
      stop()
      clearInterval(keepAlive)
      resolve()
    })
  })
}

/** Pages reconnect once the next run of the server is listening. They find their rooms as saved here. */
async function disconnectClients({
  httpServer,
  socketServer,
  dependencies,
  stopFunctions,
  saveRooms,
}: ServerParts): Promise<void> {
  httpServer.server.close()
  if (!dependencies.drain.isDraining) dependencies.drain.start()
  await nextTurn()
  await socketServer.close()
  // The rooms handle the closed sockets within this turn. No client can join any more, so the state is final.
  await nextTurn()
  saveRooms()
  for (const stop of stopFunctions) stop()
  // Closes HTTP connections only. Connections that were handed to TURN are not in this list.
  httpServer.server.closeAllConnections()
}

async function closeListeners({ httpServer, dependencies, turn }: ServerParts): Promise<void> {
  await Promise.all([turn?.close(), dependencies.rooms.store.close(), httpServer.close()])
  dependencies.log.info('server closed')
}
