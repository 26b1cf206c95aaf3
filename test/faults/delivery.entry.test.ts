import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createLog } from '../../server/common/log.ts'
import { MemoryStore } from '../../server/rooms/memoryStore.ts'
import { RoomService } from '../../server/rooms/roomService.ts'
import type { Store } from '../../server/rooms/store.ts'
import { FakeNetwork } from '../client/webrtc/fakeNetwork.ts'
import { SessionTab } from '../client/session/sessionPage.ts'
import { ManualClock } from '../server/manualClock.ts'
import { newJoinKey } from '../server/testClient.ts'
import { startServerFixture } from '../server/serverFixture.ts'
import { deadlineMs } from '../deadline.ts'
import { freeAllowance } from '../server/rooms/freeAllowance.ts'

const runCount = 1_000

test('of two simultaneous joins of an empty room one is the creator, 1000 runs, one server', async () => {
  const { newClient } = await startServerFixture({
    limits: {
      messageBurst: 100_000,
      newRoomsPerAddressPerMinute: 10 * runCount,
      newRoomsPerSocketPerMinute: 10 * runCount,
    },
  })
  const [ann, ben] = [newClient(), newClient()]
  const enterAndLeave = async (room: string): Promise<void> => {
    const subscriptions = [ann, ben].map((one) => one.join(room))
    const joined = await Promise.all(subscriptions.map((subscription) => subscription.joined()))
    expect(joined.map(({ role, state }) => [role, state]).sort()).toEqual([
      ['impolite', 'created'],
      ['polite', 'ready'],
    ])
    await Promise.all(subscriptions.map((subscription) => subscription.leave()))
  }
  for (let run = 0; run < runCount; run += 8)
    await Promise.all(Array.from({ length: 8 }, (_, index) => enterAndLeave(`room-${run + index}`)))
})

/** A store shared by two nodes: calls take a random time and may complete out of order. */
function delayStore(store: MemoryStore, scheduler: fc.Scheduler): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), String(name))
        const answer: unknown = await member.apply(target, args)
        await scheduler.schedule(Promise.resolve(), `${String(name)}, answered`)
        return answer
      }
    },
  })
}

test('of two simultaneous joins of an empty room one is the creator, 1000 runs, two nodes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const clock = new ManualClock()
      const shared = new MemoryStore(clock)
      const nodes = [0, 1].map(
        () => new RoomService({ store: delayStore(shared, scheduler), clock, log: createLog('silent') }),
      )
      const entries = Promise.all(
        nodes.map((rooms) => rooms.join({ room: 'den', joinKey: newJoinKey(), requestedAt: 0 }, freeAllowance)),
      )
      await scheduler.waitFor(entries)
      const joined = (await entries).map(({ joined: { role, state, peer } }) => [role, state, peer])
      expect(joined.sort()).toEqual([
        ['impolite', 'created', 'absent'],
        ['polite', 'ready', 'connected'],
      ])
      await scheduler.waitIdle()
      await shared.close()
    }),
    { numRuns: runCount },
  )
})

test(
  'two simultaneous joins of an empty room connect, 1000 runs, two servers with one store',
  async () => {
    const clock = new ManualClock()
    const shared = {
      clock,
      store: new MemoryStore(clock),
      limits: {
        messageBurst: 100_000,
        roomsHeldPerNetwork: runCount,
        newRoomsPerAddressPerMinute: 10 * runCount,
        newRoomsPerSocketPerMinute: 10 * runCount,
      },
    }
    const servers = [(await startServerFixture(shared)).server, (await startServerFixture(shared)).server]
    const meet = async (room: string): Promise<void> => {
      const ether = new FakeNetwork()
      const pages = servers.map(({ url }) => new SessionTab(url, room, ether).open())
      for (const page of pages) page.join()
      await vi.waitUntil(
        () =>
          pages.every(
            ({ call, membership: subscription }) =>
              call.getSnapshot().matches({ connected: 'flowing' }) &&
              subscription.getSnapshot().context.room === 'full',
          ),
        { timeout: deadlineMs, interval: 2 },
      )
      expect(pages.map(({ call }) => call.getSnapshot().context.role).sort()).toEqual(['impolite', 'polite'])
      const [one, other, ...more] = ether.openPeers
      expect([one?.partner, other?.partner, more]).toEqual([other?.name, one?.name, []])
      for (const page of pages) page.dispose()
    }
    for (let run = 0; run < runCount; run += 8)
      await Promise.all(Array.from({ length: 8 }, (_, index) => meet(`den-${run + index}`)))
  },
  10 * deadlineMs,
)
