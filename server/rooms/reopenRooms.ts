import type { RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import type { Clock } from '../common/clock.ts'
import { type HoldLimits, StartupHold, startupHoldMs } from './startupHold.ts'
import type { Log } from '../common/log.ts'
import { MemoryStore } from './memoryStore.ts'
import type { MailboxLimits } from './mailboxBytes.ts'
import { type RoomLimits, RoomService } from './roomService.ts'
import type { PersistentState } from './stateDirectory.ts'
import type { Store } from './store.ts'
import { SeatTokens } from './tokens.ts'

/** Options of `reopenRooms`. */
export interface ReopenOptions {
  state: PersistentState
  clock: Clock
  log: Log
  /** Room store that several servers share. Its rooms survive a restart of this server. */
  store?: Store | undefined
  /** How long new joins wait after a crash, in ms. */
  holdMs?: number | undefined
  limits?: RoomLimits & HoldLimits & MailboxLimits
  /** Policy of a new room whose creator selects none. */
  defaultPolicy?: RoomPolicy
}

/** The rooms of a server, and their persistence. */
export interface ReopenedRooms {
  rooms: RoomService
  /** Saves the rooms for the next run of the server. Call it once no client can join any more. */
  save(): void
  /** Starts the sweep of the rooms; returns a function that stops it. */
  start(): () => void
}

/** Restores the rooms that the previous run saved. After a crash, which saves none, new joins wait for holders. */
export function reopenRooms({
  state,
  clock,
  log,
  store,
  limits,
  defaultPolicy,
  ...options
}: ReopenOptions): ReopenedRooms {
  const previousRun = state.takeOver()
  const startupHold = previousRun.hasCrashed ? new StartupHold(clock, options.holdMs ?? startupHoldMs, limits) : null
  if (startupHold)
    log.info({ holdMs: options.holdMs ?? startupHoldMs }, 'rooms unknown after a crash: delaying new joins')
  const tokens = new SeatTokens(state.secrets.deriveKeys('seat token'))
  if (store) {
    const rooms = new RoomService({ store, clock, log, tokens, limits, defaultPolicy })
    return { rooms, save: () => state.save([], previousRun.newestEpoch), start: () => rooms.start() }
  }
  const memoryStore = new MemoryStore(clock, limits, previousRun.newestEpoch)
  memoryStore.restore(previousRun.rooms)
  if (previousRun.rooms.length > 0) log.info({ rooms: previousRun.rooms.length }, 'rooms restored')
  const rooms = new RoomService({ store: memoryStore, clock, log, tokens, hold: startupHold, limits, defaultPolicy })
  return {
    rooms,
    save: () => state.save(memoryStore.save(), memoryStore.newestEpoch),
    start() {
      const stop = rooms.start()
      return () => {
        stop()
        startupHold?.release()
      }
    },
  }
}
