import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { StoredRoom } from '../../../server/rooms/store.ts'
import { ManualClock } from '../manualClock.ts'
import { newJoinKey } from '../testClient.ts'

/** One where others come in between reading and writing, as they do on many nodes. */
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
  rooms.join({ room: 'blue-door', joinKey: key, requestedAt: 0 }, true)
const refusalOf = (error: unknown): string => (error instanceof ApiError ? error.errorCode : String(error))

test('of fifty who enter at once, on nodes that know nothing of each other, two get in', async () => {
  const store = new BusyStore(new ManualClock())
  const entries = await Promise.all(
    Array.from({ length: 50 }, () => enter(roomsIn(store)).then(({ claim }) => claim.seat, refusalOf)),
  )
  expect(entries.sort().slice(0, 2)).toEqual(['a', 'b'])
  expect(new Set(entries.slice(2))).toEqual(new Set(['full']))
})

test('who asks ten times at once under one key has one seat', async () => {
  const store = new BusyStore(new ManualClock())
  const key = newJoinKey()
  const seats = await Promise.all(
    Array.from({ length: 10 }, () => enter(roomsIn(store), key).then(({ claim }) => claim.seat)),
  )
  expect(new Set(seats)).toEqual(new Set(['a']))
  expect((await store.load('blue-door')).state).toBe('created')
})

test('a room that is written without end is refused as unavailable, not tried for ever', async () => {
  class NeverStore extends MemoryStore {
    override async commit(): Promise<null> {
      return null
    }
  }
  expect(await enter(roomsIn(new NeverStore(new ManualClock()))).catch(refusalOf)).toBe('unavailable')
})

/** Found by test/machines/composed: the epochs of a room that was made anew began at 1 again. */
test('a socket of a room that was forgotten does nothing in the one that is made anew', async () => {
  const store = new MemoryStore(new ManualClock())
  const rooms = roomsIn(store)
  const { claim: old } = await enter(rooms)
  await rooms.leave(old, false)
  const { claim } = await enter(rooms)
  await rooms.disconnect(old)
  expect((await store.load('blue-door')).context.seats[claim.seat]?.expiresAt).toBeNull()
  expect(await rooms.sendMessage(old, 1, { type: 'hangup' }).catch(refusalOf)).toBe('seat-lost')
})
