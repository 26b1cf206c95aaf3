import type { Clock } from '../common/clock.ts'
import { Hold, holdMs } from './startHold.ts'
import type { Log } from '../common/log.ts'
import { MemoryStore } from './memoryStore.ts'
import { type RoomLimits, Rooms } from './roomService.ts'
import type { State } from './stateDirectory.ts'
import type { Store } from './store.ts'
import { Tokens } from './tokens.ts'

export interface ReopenOptions {
  state: State
  clock: Clock
  log: Log
  /** Where rooms live, if others serve them as well: such rooms outlast the server by themselves. */
  store?: Store | undefined
  /** How long strangers wait after a crash, in ms. */
  holdMs?: number | undefined
  limits?: RoomLimits
}

export interface Reopened {
  rooms: Rooms
  /** Leaves the rooms to the next run of the server. Once nobody is let in any more. */
  leave(): void
  /** Returns what stops the clocks of the rooms. */
  start(): () => void
}

/** The rooms as the run of the server before this one left them. After a crash, which left none, strangers wait until holders are back. */
export function reopenRooms({ state, clock, log, store, limits, ...options }: ReopenOptions): Reopened {
  const inheritance = state.takeOver()
  const hold = inheritance.isAfterCrash ? new Hold(clock, options.holdMs ?? holdMs) : null
  if (hold) log.info({ seconds: (options.holdMs ?? holdMs) / 1000 }, 'rooms unknown: strangers wait until holders are back')
  const tokens = new Tokens(state.secrets.keysFor('seat token'))
  if (store) {
    const rooms = new Rooms({ store, clock, log, tokens, limits })
    return { rooms, leave: () => state.leave([], inheritance.epoch), start: () => rooms.start() }
  }
  const memory = new MemoryStore(clock, undefined, inheritance.epoch)
  memory.restore(inheritance.rooms)
  if (inheritance.rooms.length > 0) log.info({ rooms: inheritance.rooms.length }, 'rooms restored')
  const rooms = new Rooms({ store: memory, clock, log, tokens, hold, limits })
  return {
    rooms,
    leave: () => state.leave(memory.save(), memory.epoch),
    start() {
      const stop = rooms.start()
      return () => {
        stop()
        hold?.end()
      }
    },
  }
}
