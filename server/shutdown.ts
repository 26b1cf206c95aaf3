import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TurnServer } from '../turn/index.ts'
import { waitUntilRelayIdle } from './turn/relayDrain.ts'
import type { Dependencies } from './api/dependencies.ts'
import type { SocketServer } from './ws/socketServer.ts'
import type { HttpServer } from './http/httpServer.ts'

/** What has to end with a server. */
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

/** Orderly shutdown: relayed calls may finish within `relayTimeoutMs`. */
export async function drain(parts: ServerParts, relayTimeoutMs: number): Promise<void> {
  // First, so that no new relayed call begins while clients are disconnected.
  const relayIdle = parts.turn && waitUntilRelayIdle(parts.turn, relayTimeoutMs, parts.dependencies.log)
  await disconnectClients(parts)
  await relayIdle
  await closeListeners(parts)
}

/** At once. Ends a drain, too. */
export async function close(parts: ServerParts): Promise<void> {
  await disconnectClients(parts)
  await closeListeners(parts)
}

/** Pages come back when the next run of the server listening: they find their rooms as these are now. */
async function disconnectClients({
  httpServer,
  socketServer,
  dependencies,
  stopFunctions,
  saveRooms,
}: ServerParts): Promise<void> {
  httpServer.server.close()
  dependencies.log.info({ sockets: socketServer.count }, 'server draining')
  dependencies.drain.start()
  await nextTurn()
  await socketServer.close()
  // The rooms hear of the closed sockets within this turn. Nobody is let in any more: what is left now is final.
  await nextTurn()
  saveRooms()
  for (const stop of stopFunctions) stop()
  // Those of HTTP: what was handed to TURN is not among them.
  httpServer.server.closeAllConnections()
}

async function closeListeners({ httpServer, dependencies, turn }: ServerParts): Promise<void> {
  await Promise.all([turn?.close(), dependencies.rooms.store.close(), httpServer.close()])
  dependencies.log.info('server closed')
}
