import type { IceConfig } from '../machines/wire.ts'
import type { Clock } from './clock.ts'
import type { Drain } from './drain.ts'
import type { RelayVisitor } from './ice.ts'
import type { Log } from './log.ts'
import type { Rooms } from './rooms.ts'
import type { Throttle } from './throttle.ts'
import type { Visitor } from './visitor.ts'

/** What procedures work with; made once, in start.ts. */
export interface Services {
  rooms: Rooms
  throttle: Throttle
  drain: Drain
  ice: { configFor(visitor: RelayVisitor): IceConfig }
  addresses(visitor: Visitor): string[]
  /** The owner wants to look at the rooms. */
  inspects: boolean
  clock: Clock
  log: Log
}
