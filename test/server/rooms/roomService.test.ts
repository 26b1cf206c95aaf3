import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import { hashToken } from '../../../server/rooms/tokens.ts'
import type { StoredRoom } from '../../../server/rooms/store.ts'
import { deadlineMs } from '../../deadline.ts'
import { ManualClock } from '../manualClock.ts'
import { newJoinKey } from '../testClient.ts'
import { createFaultyStore } from './faultyStore.ts'
import { freeAllowance } from './freeAllowance.ts'

/** A store that yields between read and write, so that commits conflict as on several nodes. */
class BusyStore extends MemoryStore {
  override async load(room: string): Promise<StoredRoom> {
    const stored = await super.load(room)
    await nextTurn()
    return stored
  }
}

const roomsIn = (store: MemoryStore): RoomService =>
  new RoomService({ store, clock: new ManualClock(), log: createLog('silent') })
const enter = (rooms: RoomService, key = newJoinKey()) =>
  rooms.join({ room: 'blue-door', joinKey: key, requestedAt: 0 }, freeAllowance)
const refusalOf = (error: unknown): string => (error instanceof ApiError ? error.errorCode : String(error))

test('of fifty concurrent joins on separate nodes, two get a seat', async () => {
  const store = new BusyStore(new ManualClock())
  const entries = await Promise.all(
    Array.from({ length: 50 }, () => enter(roomsIn(store)).then(({ claim }) => claim.seat, refusalOf)),
  )
  expect(entries.sort().slice(0, 2)).toEqual(['a', 'b'])
  expect(new Set(entries.slice(2))).toEqual(new Set(['full']))
})

test('ten concurrent joins with one key get one seat', async () => {
  const store = new BusyStore(new ManualClock())
  const key = newJoinKey()
  const seats = await Promise.all(
    Array.from({ length: 10 }, () => enter(roomsIn(store), key).then(({ claim }) => claim.seat)),
  )
  expect(new Set(seats)).toEqual(new Set(['a']))
  expect((await store.load('blue-door')).state).toBe('created')
})

test('endless commit conflicts return unavailable', async () => {
  class NeverStore extends MemoryStore {
    override async commit(): Promise<null> {
      return null
    }
  }
  expect(await enter(roomsIn(new NeverStore(new ManualClock()))).catch(refusalOf)).toBe('unavailable')
})

/** Regression, found by test/machines/composed: the epochs of a recreated room restarted at 1. */
test('a socket of a deleted room has no effect on the recreated room', async () => {
  const store = new MemoryStore(new ManualClock())
  const rooms = roomsIn(store)
  const { claim: old } = await enter(rooms)
  await rooms.leave(old, false)
  const { claim } = await enter(rooms)
  await rooms.disconnect(old)
  expect((await store.load('blue-door')).context.seats[claim.seat]?.expiresAt).toBeNull()
  expect(() => rooms.sendMessage(old, 1, { type: 'hangup' })).toThrow(
    expect.objectContaining({ errorCode: 'seat-lost' }),
  )
})

test('a store that fails while a visitor waits for its admission leaves no timer and no watcher', async () => {
  const inner = new MemoryStore(new ManualClock())
  const { store, fail } = createFaultyStore(inner)
  const clock = new ManualClock()
  const rooms = new RoomService({ store, clock, log: createLog('silent') })
  const holders = roomsIn(inner)
  const joinKey = newJoinKey()
  const { claim } = await enter(holders)
  await holders.setPolicy(claim, 'ask')
  const running = vi.fn()
  vi.spyOn(clock, 'every').mockImplementation(() => {
    running('timer')
    return () => running('timer stopped')
  })
  const watch = inner.watch.bind(inner)
  vi.spyOn(inner, 'watch').mockImplementation(async (...args) => {
    const stop = await watch(...args)
    running('watcher')
    return () => {
      stop()
      running('watcher stopped')
    }
  })
  await holders.ask('blue-door', { keyHash: hashToken(joinKey), source: 'network' }, 'Ben')
  const joining = rooms.join({ room: 'blue-door', joinKey, preparation: 1, requestedAt: 0 }, freeAllowance)
  const refusal = joining.catch(refusalOf)
  await vi.waitFor(() => expect(running).toHaveBeenCalledTimes(2), { timeout: deadlineMs })
  fail(new ApiError('unavailable'))
  await holders.setPolicy(claim, 'locked')
  expect(await refusal).toBe('unavailable')
  expect(running.mock.calls.flat().sort()).toEqual(['timer', 'timer stopped', 'watcher', 'watcher stopped'])
})
