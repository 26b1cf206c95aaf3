import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createLog } from '../../server/common/log.ts'
import { MemoryStore } from '../../server/rooms/memoryStore.ts'
import { Rooms } from '../../server/rooms/roomService.ts'
import type { Store } from '../../server/rooms/store.ts'
import { Ether } from '../client/webrtc/fakeNetwork.ts'
import { Tab } from '../client/session/page.ts'
import { ManualClock } from '../server/clock.ts'
import { newKey } from '../server/people.ts'
import { startWorld } from '../server/world.ts'
import { deadlineMs } from '../deadline.ts'

const times = 1_000

test('both enter an empty room in the same millisecond, 1000 runs, one server: exactly one creator each time', async () => {
  const { person } = await startWorld({ limits: { messageBurst: 100_000 }, throttle: { rooms: 10 * times } })
  const [ann, ben] = [person(), person()]
  const enterAndLeave = async (room: string): Promise<void> => {
    const visits = [ann, ben].map((one) => one.visit(room))
    const joined = await Promise.all(visits.map((visit) => visit.joined()))
    expect(joined.map(({ role, state }) => [role, state]).sort()).toEqual([['impolite', 'created'], ['polite', 'ready']])
    await Promise.all(visits.map((visit) => visit.leave()))
  }
  for (let run = 0; run < times; run += 8) await Promise.all(Array.from({ length: 8 }, (_, index) => enterAndLeave(`room-${run + index}`)))
})

/** One store as two nodes see it: whatever they ask it for takes a while, and who asks first is not answered first. */
function slowed(store: MemoryStore, scheduler: fc.Scheduler): Store {
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

test('both enter an empty room in the same millisecond, 1000 runs, two nodes: exactly one creator each time', async () => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const clock = new ManualClock()
    const shared = new MemoryStore(clock)
    const nodes = [0, 1].map(() => new Rooms({ store: slowed(shared, scheduler), clock, log: createLog('silent') }))
    const entries = Promise.all(nodes.map((rooms) => rooms.enter({ room: 'den', key: newKey(), asked: 0 }, true)))
    await scheduler.waitFor(entries)
    const joined = (await entries).map(({ joined: { role, state, peer } }) => [role, state, peer])
    expect(joined.sort()).toEqual([['impolite', 'created', 'absent'], ['polite', 'ready', 'here']])
    await scheduler.waitIdle()
    await shared.close()
  }), { numRuns: times })
})

test('both enter an empty room at the same time, 1000 runs, two servers of one house: connected each time', async () => {
  const clock = new ManualClock()
  const shared = { clock, store: new MemoryStore(clock), limits: { messageBurst: 100_000, roomsHeldPerAddress: times }, throttle: { rooms: 10 * times } }
  const servers = [(await startWorld(shared)).server, (await startWorld(shared)).server]
  const meet = async (room: string): Promise<void> => {
    const ether = new Ether()
    const pages = servers.map(({ url }) => new Tab(url, room, ether).open())
    for (const page of pages) page.join()
    await vi.waitUntil(() => pages.every(({ call, visit }) =>
      call.getSnapshot().matches({ connected: 'flowing' }) && visit.getSnapshot().context.room === 'full'), { timeout: deadlineMs, interval: 2 })
    expect(pages.map(({ call }) => call.getSnapshot().context.role).sort()).toEqual(['impolite', 'polite'])
    const [one, other, ...more] = ether.open
    expect([one?.partner, other?.partner, more]).toEqual([other?.name, one?.name, []])
    for (const page of pages) page.dispose()
  }
  for (let run = 0; run < times; run += 8) await Promise.all(Array.from({ length: 8 }, (_, index) => meet(`den-${run + index}`)))
}, 10 * deadlineMs)
