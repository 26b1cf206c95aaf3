import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Turn } from '../turn/index.ts'
import { relayOver } from './turn/relayDrain.ts'
import type { Services } from './api/dependencies.ts'
import type { Sockets } from './ws/socketServer.ts'
import type { Web } from './http/httpServer.ts'

/** What has to end with a server. */
export interface Parts {
  web: Web
  sockets: Sockets
  services: Services
  turn: Turn | null
  /** Clocks and watches. */
  stops: readonly (() => void)[]
  /** Leaves the rooms to the next run of the server. */
  leaveRooms(): void
}

/** In order: whoever talks through the relay may finish, for so many milliseconds. */
export async function drain(parts: Parts, milliseconds: number): Promise<void> {
  // First, so that nothing begins while the others are told.
  const over = parts.turn && relayOver(parts.turn, milliseconds, parts.services.log)
  await sayFarewell(parts)
  await over
  await closeRest(parts)
}

/** At once. Ends a drain, too. */
export async function close(parts: Parts): Promise<void> {
  await sayFarewell(parts)
  await closeRest(parts)
}

/** Pages come back when the next run of the server listens: they find their rooms as these are now. */
async function sayFarewell({ web, sockets, services, stops, leaveRooms }: Parts): Promise<void> {
  web.server.close()
  services.log.info({ sockets: sockets.count }, 'server drains')
  services.drain.start()
  await nextTurn()
  await sockets.close()
  // The rooms hear of the closed sockets within this turn. Nobody is let in any more: what is left now is final.
  await nextTurn()
  leaveRooms()
  for (const stop of stops) stop()
  // Those of HTTP: what was handed to TURN is not among them.
  web.server.closeAllConnections()
}

async function closeRest({ web, services, turn }: Parts): Promise<void> {
  await Promise.all([turn?.close(), services.rooms.store.close(), web.close()])
  services.log.info('server closed')
}
