import type { IceConfig } from '../../machines/protocol/messages.ts'
import type { Clock } from '../common/clock.ts'
import type { Drain } from '../common/drain.ts'
import type { RelayVisitor } from '../turn/iceServers.ts'
import type { Log } from '../common/log.ts'
import type { Rooms } from '../rooms/roomService.ts'
import type { Throttle } from '../limits/rateLimiter.ts'

/** What procedures work with; made once, in startServer.ts. */
export interface Services {
  rooms: Rooms
  throttle: Throttle
  drain: Drain
  ice: { configFor(visitor: RelayVisitor): IceConfig }
  /** Whoever is connected may look at all rooms: at the admin listener only. */
  inspects: boolean
  clock: Clock
  log: Log
}
