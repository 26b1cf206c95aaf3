import { expect, test } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import { ManualClock } from '../manualClock.ts'
import { newJoinKey } from '../testClient.ts'

test('calls whose end another server wrote are forgotten after ten minutes', async () => {
  const clock = new ManualClock()
  const store = new MemoryStore(clock)
  const log = createLog('silent')
  const [rooms, others] = [new RoomService({ store, clock, log }), new RoomService({ store, clock, log })]
  const join = (room: string) =>
    rooms.join({ room, joinKey: newJoinKey(), requestedAt: 0 }, () => ({ mayCreateRoom: true, mayJoin: true }))
  for (const room of ['blue-door', 'red-door']) {
    const claims = [(await join(room)).claim, (await join(room)).claim]
    expect(rooms.counters.startingCount).toBe(1)
    for (const claim of claims) await others.leave(claim, false)
    clock.advance(601_000)
  }
})
