import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { Refusal } from '../../../server/common/apiError.ts'
import { Rooms } from '../../../server/rooms/roomService.ts'
import type { StoredRoom } from '../../../server/rooms/store.ts'
import { ManualClock } from '../clock.ts'
import { newKey } from '../people.ts'

/** One where others come in between reading and writing, as they do on many nodes. */
class BusyStore extends MemoryStore {
  override async load(room: string): Promise<StoredRoom> {
    const stored = await super.load(room)
    await nextTurn()
    return stored
  }
}

const roomsIn = (store: MemoryStore): Rooms => new Rooms({ store, clock: new ManualClock(), log: createLog('silent') })
const enter = (rooms: Rooms, key = newKey()) => rooms.enter({ room: 'blue-door', key, asked: 0 }, true)
const refusalOf = (error: unknown): string => (error instanceof Refusal ? error.refused : String(error))

test('of fifty who enter at once, on nodes that know nothing of each other, two get in', async () => {
  const store = new BusyStore(new ManualClock())
  const entries = await Promise.all(Array.from({ length: 50 }, () => enter(roomsIn(store)).then(({ stay }) => stay.seat, refusalOf)))
  expect(entries.sort().slice(0, 2)).toEqual(['a', 'b'])
  expect(new Set(entries.slice(2))).toEqual(new Set(['full']))
})

test('who asks ten times at once under one key has one seat', async () => {
  const store = new BusyStore(new ManualClock())
  const key = newKey()
  const seats = await Promise.all(Array.from({ length: 10 }, () => enter(roomsIn(store), key).then(({ stay }) => stay.seat)))
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
  const { stay: old } = await enter(rooms)
  await rooms.leave(old, false)
  const { stay } = await enter(rooms)
  await rooms.close(old)
  expect((await store.load('blue-door')).context.seats[stay.seat]?.deadline).toBeNull()
  expect(await rooms.say(old, 1, { type: 'bye' }).catch(refusalOf)).toBe('seat-lost')
})
