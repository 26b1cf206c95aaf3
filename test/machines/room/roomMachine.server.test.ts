import { expect, test } from 'vitest'
import { roomMachine, type RoomMachineEvent } from '../../../machines/room/roomMachine.ts'
import { nextDeadline, expiredSeats, seatNames, findSeatByToken, takenSeats } from '../../../machines/room/seats.ts'
import { startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { expirySweepIntervalMs } from '../../../server/rooms/roomService.ts'
import { startServerFixture } from '../../server/serverFixture.ts'
import { beginning, coverageBy, definitionOf, type Exploration, type Step, take, tours, wayTo } from '../graph.ts'
import { RoomDriver } from './roomDriver.ts'
import { exploration, isDisputed, key, visitorOf } from './roomMachine.graph.ts'

/** The room's graph, walked by real visitors at a real server. After each step everybody was told what the model says, and no more. */

type Room = typeof roomMachine
type Snapshot = Step<Room>['before']

/** What can be done with sockets: from a seat, by who is there; and only what a path needs, for the rest is tried at its end. */
const doable: Exploration<Room> = {
  ...exploration,
  events: (before) => exploration.events(before).filter((event) => isDoable(before, event)),
}

function isDoable({ context }: Snapshot, event: RoomMachineEvent): boolean {
  const seated = takenSeats(context).map((name) => visitorOf(context.seats[name]!))
  const isUnderDispute = seatNames.some((name) => context.seats[name] && isDisputed(name, context.seats[name]))
  // y has an old token for the seat: somebody else enters.
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
  // After a crash: as many ways as there are branches.
  if (event.type === 'holder.restored') return isRestorable(context, event)
  if (context.reservedUntil !== null || isUnderDispute) {
    if (event.type !== 'media.started' && event.type !== 'media.stopped') return false
  }
  const seat = context.seats[event.seat]
  return seat?.expiresAt === null && seat.epoch === event.epoch
}

/** Before anybody enters; and the newest claim to a seat that an older one has, while that one waits alone and while the call is up. */
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

/** The server forgets an empty room, so a walk ends there. */
const walks = tours(roomMachine, doable, { isEnd: ({ value }) => value === 'empty', maxSteps: 60 })

test('the walks go through every branch that the room has', () => {
  const covered = new Set(walks.flat().flatMap(coverageBy(roomMachine)))
  expect(definitionOf(roomMachine).filter((name) => !covered.has(name))).toEqual([])
})

/** So many are walked at the same time: each waits for sockets. */
const atOnce = 24
const groups = Array.from({ length: Math.ceil(walks.length / atOnce) }, (_, which) =>
  walks.slice(which * atOnce, (which + 1) * atOnce),
)

test.each(groups.map((group, which) => [which * atOnce + 1, group] as const))(
  'the server does what the room’s graph says, on walk %s and those that follow',
  async (_, group) => {
    await Promise.all(group.map((steps) => walk(roomMachine, steps)))
  },
)

test.each<[what: string, model: Room]>([
  ['says nothing of one who comes back', roomMachine.provide({ actions: { notifyPeer: () => {} } })],
  ['is full when one has media', roomMachine.provide({ guards: { hasPeerMedia: () => true } })],
  ['keeps the seats of those who left', roomMachine.provide({ guards: { isCurrentHolder: () => false } })],
])('a model that %s is found not to be the server’s', async (_, model) => {
  await expect(
    (async () => {
      for (const steps of walks) await walk(model, steps, 5_000)
    })(),
  ).rejects.toThrow()
})

const secret = 'the secret of an earlier run'

/** Steps after which what must be refused has been tried. */
const tried = new Set<string>()

/** A server of its own for each walk, so that nothing of another is left, and many are walked at a time. */
async function walk(machine: Room, steps: readonly Step<Room>[], timeoutMs?: number): Promise<void> {
  const fixture = await startServerFixture(
    { limits: { serverPingIntervalMs: 1e9 }, rateLimits: { failedJoins: 1e9 } },
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
      throw new Error(`on the way\n${wayTo(inGraph)}`, { cause })
    }
  }
  expect(await driver.unexpected(), wayTo(steps.at(-1)!)).toEqual([])
}

/** In the graph the clock stands at 0 whenever a socket closes; here it goes on. */
function atTime(now: number, event: RoomMachineEvent, inGraph: Snapshot, here: Snapshot): RoomMachineEvent {
  if (event.type === 'socket.closed' || event.type === 'holder.restored') return { ...event, at: now }
  if (event.type !== 'time.passed') return event
  const due = [
    ...expiredSeats(inGraph.context, event.at).map((name) => here.context.seats[name]?.expiresAt ?? now),
    ...((inGraph.context.reservedUntil ?? Infinity) <= event.at ? [here.context.reservedUntil ?? now] : []),
  ]
  // The server looks for what is due once a second.
  return {
    ...event,
    at: due.length > 0 ? Math.max(...due, now + expirySweepIntervalMs) : (nextDeadline(here.context) ?? now) - 1,
  }
}

/** What must be refused wherever a path ends, while nobody notices. */
async function tryInVain(driver: RoomDriver, model: Snapshot): Promise<void> {
  expect(await driver.newcomer({ token: driver.secret('nobody.0') }).rejected()).toBe('seat-lost')
  if (takenSeats(model.context).length === 2 || model.context.reservedUntil !== null)
    expect(await driver.newcomer().rejected()).toBe('full')
}
