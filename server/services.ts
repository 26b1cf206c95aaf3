import type { IceConfig } from '../machines/wire.ts'
import type { Clock } from './clock.ts'
import type { Drain } from './drain.ts'
import type { RelayVisitor } from './ice.ts'
import type { Log } from './log.ts'
import type { Rooms } from './rooms.ts'
import type { Throttle } from './throttle.ts'

/** What procedures work with; made once, in start.ts. */
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
