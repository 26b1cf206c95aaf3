import type { IceConfig } from '../../machines/protocol/messages.ts'
import type { Clock } from '../common/clock.ts'
import type { Drain } from '../common/drain.ts'
import type { RelayClient } from '../turn/iceServers.ts'
import type { Log } from '../common/log.ts'
import type { RoomService } from '../rooms/roomService.ts'
import type { RateLimiter } from '../limits/rateLimiter.ts'

/** What procedures work with; made once, in startServer.ts. */
export interface Dependencies {
  rooms: RoomService
  rateLimiter: RateLimiter
  drain: Drain
  ice: { createConfig(session: RelayClient): IceConfig }
  /** Whether clients may inspect all rooms: at the admin listener only. */
  canInspect: boolean
  clock: Clock
  log: Log
}
