import type { RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'
import type { Secrets } from '../config/secrets.ts'
import type { SharedRateLimits, SharedRates } from '../limits/sharedRates.ts'
import type { MailboxLimits } from '../rooms/mailboxBytes.ts'
import type { ReopenedRooms } from '../rooms/reopenRooms.ts'
import { type RoomLimits, RoomService } from '../rooms/roomService.ts'
import { type HoldLimits, LossHold } from '../rooms/startupHold.ts'
import { SeatTokens } from '../rooms/tokens.ts'
import { RedisStore } from './redisStore.ts'

/** Options of `openSharedRooms`. */
export interface SharedRoomsOptions {
  /** One URL or path of a Unix socket; several are nodes of a Redis Cluster. */
  urls: readonly string[]
  secrets: Secrets
  clock: Clock
  log: Log
  limits?: RoomLimits & MailboxLimits & SharedRateLimits & HoldLimits
  /** Policy of a new room whose creator selects none. */
  defaultPolicy?: RoomPolicy
  /** How long new joins wait after the store lost writes, in ms. Default: `startupHoldMs`. */
  holdMs?: number | undefined
  /** Called when other nodes end the connections of this one. */
  onLeaseLost(): void
}

/** The rooms that several servers share. They survive a restart of each of them. */
export interface SharedRooms extends ReopenedRooms {
  store: RedisStore
  /** Rate limits of all servers together. */
  rates: SharedRates
}

/** Opens the rooms in Redis. Resolves also while Redis is down: the server is not ready then. */
export async function openSharedRooms(options: SharedRoomsOptions): Promise<SharedRooms> {
  const { urls, secrets, clock, log, limits, defaultPolicy, holdMs, onLeaseLost } = options
  // The oldest secret: a node that already has a newer one finds the same rooms.
  const store = await RedisStore.open(urls, secrets.deriveKeys('room key').at(-1)!, clock, log, limits)
  const tokens = new SeatTokens(secrets.deriveKeys('seat token'))
  const rates = store.createRates(limits)
  const hold = new LossHold(store.clock, () => store.lossMs, holdMs, limits)
  const rooms = new RoomService({
    store,
    clock: store.clock,
    log,
    tokens,
    hold,
    limits,
    defaultPolicy,
    rates,
    traceRelay: store.traceRelay,
  })
  store.setHandlers({ endConnection: (connection) => rooms.endConnection(connection), onLeaseLost })
  const start = (): (() => void) => {
    const stop = rooms.start()
    return () => {
      hold.release()
      stop()
    }
  }
  return { store, rates, rooms, save: () => undefined, start }
}
