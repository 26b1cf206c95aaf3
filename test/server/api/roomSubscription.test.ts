import { expect, test } from 'vitest'
import { TokenBucket } from '../../../server/limits/tokenBucket.ts'
import { Drain } from '../../../server/common/drain.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import { RateLimiter } from '../../../server/limits/rateLimiter.ts'
import type { Context } from '../../../server/api/trpc.ts'
import { subscribeToRoom } from '../../../server/api/roomSubscription.ts'
import { ClientSession } from '../../../server/api/clientSession.ts'
import { ManualClock } from '../manualClock.ts'
import { newJoinKey } from '../testClient.ts'

/** A store that counts its subscribers. */
class WatchedStore extends MemoryStore {
  watching = 0

  override async subscribe(...args: Parameters<MemoryStore['subscribe']>): Promise<() => void> {
    const undo = await super.subscribe(...args)
    this.watching += 1
    return () => {
      this.watching -= 1
      undo()
    }
  }
}

function makeContext(): Context {
  const [clock, log, at] = [new ManualClock(), createLog('silent'), 0]
  const [calls, frames] = [new TokenBucket(1, 1, at), new TokenBucket(1, 1, at)]
  return {
    session: new ClientSession({
      serverHost: 'duet.example',
      address: '192.0.2.7',
      callBudget: calls,
      frameBudget: frames,
      nowMs: at,
    }),
    dependencies: {
      clock,
      log,
      rooms: new RoomService({ store: new WatchedStore(clock), clock, log }),
      rateLimiter: new RateLimiter(),
      drain: new Drain(),
      ice: { createConfig: () => ({ iceServers: [], lifetimeMs: 0 }) },
      canInspect: false,
    },
  }
}

/** Pulls the events of a visitor that joins. */
const join = (context: Context, signal?: AbortSignal) =>
  subscribeToRoom(context, { room: 'blue-door', joinKey: newJoinKey(), requestedAt: 0 }, signal)[Symbol.asyncIterator]()

test('a socket that closes during the join leaves a seat that expires', async () => {
  const context = makeContext()
  const events = join(context, AbortSignal.abort())
  expect(await events.next()).toMatchObject({ done: false })
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect((await context.dependencies.rooms.store.load('blue-door')).context.seats.a?.expiresAt).toBeTypeOf('number')
  expect(context.session.findSeat('blue-door')).toBeUndefined()
})

test('a draining server rejects joins as unavailable', async () => {
  const context = makeContext()
  context.dependencies.drain.start()
  await expect(join(context).next()).rejects.toMatchObject({ errorCode: 'unavailable' })
  expect(await context.dependencies.rooms.store.countRooms()).toBe(0)
})

test('the end of a room subscription unsubscribes from the store', async () => {
  const context = makeContext()
  const store = context.dependencies.rooms.store as WatchedStore
  const socket = new AbortController()
  const events = join(context, socket.signal)
  await events.next()
  const next = events.next()
  expect(store.watching).toBe(1)
  socket.abort()
  expect(await next).toMatchObject({ done: true })
  expect(store.watching).toBe(0)
})
