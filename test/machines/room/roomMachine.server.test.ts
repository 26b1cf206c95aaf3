import { expect, test } from 'vitest'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import type { RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { nextDeadline, expiredSeats, seatNames, findSeatByToken, takenSeats } from '../../../machines/room/seats.ts'
import { startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { expirySweepIntervalMs } from '../../../server/rooms/roomService.ts'
import { startServerFixture } from '../../server/serverFixture.ts'
import { beginning, coverageBy, definitionOf, type Exploration, type Step, take, tours, wayTo } from '../graph.ts'
import { RoomDriver } from './roomDriver.ts'
import { exploration, isDisputed, key, visitorOf } from './roomMachine.graph.ts'

/**
 * Real clients at a real server follow the room's graph. After each step every client has received exactly the events
 * of the model.
 */

type Room = typeof roomMachine
type Snapshot = Step<Room>['before']

/**
 * Events that real sockets can cause: from a seat, by its present holder. Only events that a path needs; each walk
 * tests the others at its end.
 */
const doable: Exploration<Room> = {
  ...exploration,
  events: (before) => exploration.events(before).filter((event) => isDoable(before, event)),
}

function isDoable({ context }: Snapshot, event: RoomMachineEvent): boolean {
  const seated = takenSeats(context).map((name) => visitorOf(context.seats[name]!))
  const isUnderDispute = seatNames.some((name) => context.seats[name] && isDisputed(name, context.seats[name]))
  // Visitor y has an old token for the seat, so another visitor joins.
  if (event.type === 'visitor.joined')
    return (
      seated.length < 2 &&
      context.reservedUntil === null &&
      !seated.includes(event.joinKey.split('.')[0] ?? '') &&
      !(isUnderDispute && event.joinKey.startsWith('y'))
    )
  if (event.type === 'holder.resumed')
    return event.requestedAt > 0 && findSeatByToken(context, event.presentedTokenHash) === event.seat
  if (event.type === 'time.passed') return true
  // After a crash: one path for each branch.
  if (event.type === 'holder.restored') return isRestorable(context, event)
  if (context.reservedUntil !== null || isUnderDispute) {
    if (event.type !== 'media.started' && event.type !== 'media.stopped') return false
  }
  if (!('seat' in event)) return false
  const seat = context.seats[event.seat]
  return seat?.expiresAt === null && seat.epoch === event.epoch
}

/**
 * Before the first join. Also the newest claim to a seat with an older claim, while that holder waits alone and during
 * the call.
 */
function isRestorable(
  { seats, reservedUntil: awaited }: Snapshot['context'],
  { seat, presentedTokenHash: presented, hasMedia: flowing }: Extract<RoomMachineEvent, { type: 'holder.restored' }>,
): boolean {
  const [visitor] = presented.split('.')
  const isFirst = visitor === 'x' && !seats.a && !seats.b
  const isSecond = visitor === 'y' && seat === 'b' && seats.a !== null && isDisputed('a', seats.a) && !seats.b
  const isNewer =
    visitor === 'y' && seat === 'a' && seats.a !== null && isDisputed('a', seats.a) && flowing && awaited === null
  return isFirst || isSecond || isNewer
}

/** The server deletes an empty room, so a walk ends there. */
const walks = tours(roomMachine, doable, { isEnd: ({ value }) => value === 'empty', maxSteps: 60 })

/**
 * Transitions of the door and of prepared connections. door.test.ts, doorDuringCall.test.ts and preparations.test.ts in
 * test/server/rooms take them with real clients.
 */
const isOfDoor =
  / (preparation\.(requested|ended)|visitor\.(asked|withdrew|disconnected|admitted|declined)|policy\.changed) |time\.passed \[[34]\]/

test('the walks cover every branch of the room machine', () => {
  const covered = new Set(walks.flat().flatMap(coverageBy(roomMachine)))
  expect(definitionOf(roomMachine).filter((name) => !covered.has(name) && !isOfDoor.test(name))).toEqual([])
})

/** Number of concurrent walks; each one waits for sockets. */
const atOnce = 24
const groups = Array.from({ length: Math.ceil(walks.length / atOnce) }, (_, which) =>
  walks.slice(which * atOnce, (which + 1) * atOnce),
)

test.each(groups.map((group, which) => [which * atOnce + 1, group] as const))(
  'the server follows the room’s graph, on walk %s and the next ones',
  async (_, group) => {
    await Promise.all(group.map((steps) => walk(roomMachine, steps)))
  },
)

test.each<[what: string, model: Room]>([
  ['sends nothing when a visitor returns', roomMachine.provide({ actions: { notifyPeer: () => {} } })],
  ['is full when one holder has media', roomMachine.provide({ guards: { hasPeerMedia: () => true } })],
  ['keeps the seats of visitors who left', roomMachine.provide({ guards: { isCurrentHolder: () => false } })],
])('the walks detect a model that %s', async (_, model) => {
  await expect(
    (async () => {
      for (const steps of walks) await walk(model, steps, 5_000)
    })(),
  ).rejects.toThrow()
})

const secret = 'the secret of an earlier run'

/** Steps after which the rejections were tested already. */
const tried = new Set<string>()

/** A separate server for each walk, so walks are independent and can run concurrently. */
async function walk(machine: Room, steps: readonly Step<Room>[], timeoutMs?: number): Promise<void> {
  const fixture = await startServerFixture(
    {
      socketTimeouts: { serverPingIntervalMs: 1e9 },
      limits: { failedJoinsPerAddressPerMinute: 1e9, failedJoinsPerSocketPerMinute: 1e9 },
    },
    { DUET_SECRET: secret },
  )
  fixture.clock.advance(startupHoldMs)
  const driver = new RoomDriver(fixture, secret, timeoutMs)
  let model = beginning(machine)
  for (const inGraph of steps) {
    const step = take(machine, model, atTime(driver.now, inGraph.event, inGraph.before, model))
    model = step.after
    try {
      await driver.follow(step)
      const name = [key(inGraph.before), inGraph.event.type, key(inGraph.after)].join()
      if (tried.has(name)) continue
      tried.add(name)
      await tryInVain(driver, model)
      expect(await driver.unexpected()).toEqual([])
    } catch (cause) {
      throw new Error(`after these steps\n${wayTo(inGraph)}`, { cause })
    }
  }
  expect(await driver.unexpected(), wayTo(steps.at(-1)!)).toEqual([])
}

/** In the graph the clock is 0 whenever a socket closes; here it continues. */
function atTime(now: number, event: RoomMachineEvent, inGraph: Snapshot, here: Snapshot): RoomMachineEvent {
  if (event.type === 'socket.closed' || event.type === 'holder.restored') return { ...event, at: now }
  if (event.type !== 'time.passed') return event
  const due = [
    ...expiredSeats(inGraph.context, event.at).map((name) => here.context.seats[name]?.expiresAt ?? now),
    ...((inGraph.context.reservedUntil ?? Infinity) <= event.at ? [here.context.reservedUntil ?? now] : []),
  ]
  // The server checks deadlines once a second.
  return {
    ...event,
    at: due.length > 0 ? Math.max(...due, now + expirySweepIntervalMs) : (nextDeadline(here.context) ?? now) - 1,
  }
}

/** Joins that must be rejected at any point, without an event for the holders. */
async function tryInVain(driver: RoomDriver, model: Snapshot): Promise<void> {
  expect(await driver.newcomer({ token: driver.secret('nobody.0') }).rejected()).toBe('seat-lost')
  if (takenSeats(model.context).length === 2 || model.context.reservedUntil !== null)
    expect(await driver.newcomer().rejected()).toBe('full')
}
