import { expect, test } from 'vitest'
import { Bucket } from '../../../server/limits/tokenBucket.ts'
import { Drain } from '../../../server/common/drain.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { Rooms } from '../../../server/rooms/roomService.ts'
import { Throttle, throttleLimits } from '../../../server/limits/rateLimiter.ts'
import type { Context } from '../../../server/api/trpc.ts'
import { visit } from '../../../server/api/roomSubscription.ts'
import { Visitor } from '../../../server/api/clientSession.ts'
import { ManualClock } from '../clock.ts'
import { newKey } from '../people.ts'

/** Knows how many watch it. */
class WatchedStore extends MemoryStore {
  watching = 0

  override async watch(...args: Parameters<MemoryStore['watch']>): Promise<() => void> {
    const undo = await super.watch(...args)
    this.watching += 1
    return () => {
      this.watching -= 1
      undo()
    }
  }
}

function makeContext(): Context {
  const [clock, log, at] = [new ManualClock(), createLog('silent'), 0]
  const [calls, frames] = [new Bucket(1, 1, at), new Bucket(1, 1, at)]
  return {
    visitor: new Visitor({ host: 'duet.example', address: '192.0.2.7', calls, frames, at }),
    services: {
      clock, log, rooms: new Rooms({ store: new WatchedStore(clock), clock, log }), throttle: new Throttle(throttleLimits), drain: new Drain(),
      ice: { configFor: () => ({ iceServers: [], lifetimeMs: 0 }) }, inspects: false,
    },
  }
}

test('a socket that closes while its visitor enters leaves nobody in the room for ever', async () => {
  const context = makeContext()
  const events = visit(context, { room: 'blue-door', key: newKey(), asked: 0 }, AbortSignal.abort())
  expect(await events.next()).toMatchObject({ done: false })
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect((await context.services.rooms.store.load('blue-door')).context.seats.a?.deadline).toBeTypeOf('number')
  expect(context.visitor.findStay('blue-door')).toBeUndefined()
})

test('nobody is let in by a server that is about to go', async () => {
  const context = makeContext()
  context.services.drain.start()
  await expect(visit(context, { room: 'blue-door', key: newKey(), asked: 0 }).next()).rejects.toMatchObject({ refused: 'unavailable' })
  expect(await context.services.rooms.store.count()).toBe(0)
})

test('whoever ends a visit watches nothing any more', async () => {
  const context = makeContext()
  const store = context.services.rooms.store as WatchedStore
  const socket = new AbortController()
  const events = visit(context, { room: 'blue-door', key: newKey(), asked: 0 }, socket.signal)
  await events.next()
  const next = events.next()
  expect(store.watching).toBe(1)
  socket.abort()
  expect(await next).toMatchObject({ done: true })
  expect(store.watching).toBe(0)
})
