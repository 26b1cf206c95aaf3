import type { IceConfig } from '../../machines/protocol/messages.ts'
import type { Clock } from '../common/clock.ts'
import type { Drain } from '../common/drain.ts'
import type { RelayClient } from '../turn/iceServers.ts'
import type { Log } from '../common/log.ts'
import type { Preparations } from '../rooms/preparations.ts'
import type { RoomService } from '../rooms/roomService.ts'
import type { RateLimiter } from '../limits/rateLimiter.ts'

/** The services that procedures use; startServer.ts creates them once. */
export interface Dependencies {
  rooms: RoomService
  /** Absent: pages connect only after *Join*. */
  preparations?: Preparations | undefined
  rateLimiter: RateLimiter
  drain: Drain
  ice: { createConfig(session: RelayClient): IceConfig }
  /** True if clients may inspect all rooms; only at the admin listener. */
  canInspect: boolean
  clock: Clock
  log: Log
}
