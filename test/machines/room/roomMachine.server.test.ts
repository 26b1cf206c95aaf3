import { expect, test } from 'vitest'
import { room, type RoomFact } from '../../../machines/room/roomMachine.ts'
import { dueAt, expired, seatNames, seatOf, takenSeats } from '../../../machines/room/seats.ts'
import { holdMs } from '../../../server/rooms/startHold.ts'
import { sweepMs } from '../../../server/rooms/roomService.ts'
import { startWorld } from '../../server/world.ts'
import { beginning, coverageBy, definitionOf, type Exploration, type Step, take, tours, wayTo } from '../graph.ts'
import { Party } from './party.ts'
import { exploration, isDisputed, key, visitorOf } from './roomMachine.graph.ts'

/** The room's graph, walked by real visitors at a real server. After each step everybody was told what the model says, and no more. */

type Room = typeof room
type Snapshot = Step<Room>['before']

/** What can be done with sockets: from a seat, by who is there; and only what a path needs, for the rest is tried at its end. */
const doable: Exploration<Room> = {
  ...exploration,
  events: (before) => exploration.events(before).filter((event) => isDoable(before, event)),
}

function isDoable({ context }: Snapshot, event: RoomFact): boolean {
  const seated = takenSeats(context).map((name) => visitorOf(context.seats[name]!))
  const isUnderDispute = seatNames.some((name) => context.seats[name] && isDisputed(name, context.seats[name]))
  // y has an old token for the seat: somebody else enters.
  if (event.type === 'visitor.entered') return seated.length < 2 && context.awaited === null && !seated.includes(event.key.split('.')[0] ?? '') && !(isUnderDispute && event.key.startsWith('y'))
  if (event.type === 'holder.resumed') return event.asked > 0 && seatOf(context, event.presented) === event.seat
  if (event.type === 'time.passed') return true
  // After a crash: as many ways as there are branches.
  if (event.type === 'holder.restored') return isRestorable(context, event)
  if (context.awaited !== null || isUnderDispute) {
    if (event.type !== 'media.flowed' && event.type !== 'media.stopped') return false
  }
  const seat = context.seats[event.seat]
  return seat?.deadline === null && seat.epoch === event.epoch
}

/** Before anybody enters; and the newest claim to a seat that an older one has, while that one waits alone and while the call is up. */
function isRestorable({ seats, awaited }: Snapshot['context'], { seat, presented, flowing }: Extract<RoomFact, { type: 'holder.restored' }>): boolean {
  const [visitor] = presented.split('.')
  const isFirst = visitor === 'x' && !seats.a && !seats.b
  const isSecond = visitor === 'y' && seat === 'b' && seats.a !== null && isDisputed('a', seats.a) && !seats.b
  const isNewer = visitor === 'y' && seat === 'a' && seats.a !== null && isDisputed('a', seats.a) && flowing && awaited === null
  return isFirst || isSecond || isNewer
}

/** The server forgets an empty room, so a walk ends there. */
const walks = tours(room, doable, { isEnd: ({ value }) => value === 'empty', maxSteps: 60 })

test('the walks go through every branch that the room has', () => {
  const covered = new Set(walks.flat().flatMap(coverageBy(room)))
  expect(definitionOf(room).filter((name) => !covered.has(name))).toEqual([])
})

/** So many are walked at the same time: each waits for sockets. */
const atOnce = 24
const groups = Array.from({ length: Math.ceil(walks.length / atOnce) }, (_, which) => walks.slice(which * atOnce, (which + 1) * atOnce))

test.each(groups.map((group, which) => [which * atOnce + 1, group] as const))('the server does what the room’s graph says, on walk %s and those that follow', async (_, group) => {
  await Promise.all(group.map((steps) => walk(room, steps)))
})

test.each<[what: string, model: Room]>([
  ['says nothing of one who comes back', room.provide({ actions: { tellOther: () => {} } })],
  ['is full when one has media', room.provide({ guards: { isLastToFlow: () => true } })],
  ['keeps the seats of those who left', room.provide({ guards: { isHolder: () => false } })],
])('a model that %s is found not to be the server’s', async (_, model) => {
  await expect((async () => { for (const steps of walks) await walk(model, steps, 5_000) })()).rejects.toThrow()
})

const secret = 'the secret of an earlier run'

/** Steps after which what must be refused has been tried. */
const tried = new Set<string>()

/** A server of its own for each walk, so that nothing of another is left, and many are walked at a time. */
async function walk(machine: Room, steps: readonly Step<Room>[], patienceMs?: number): Promise<void> {
  const world = await startWorld({ limits: { serverPing: 1e9 }, throttle: { failures: 1e9 } }, { DUET_SECRET: secret })
  world.clock.pass(holdMs)
  const party = new Party(world, secret, patienceMs)
  let model = beginning(machine)
  for (const inGraph of steps) {
    const step = take(machine, model, atTime(party.now, inGraph.event, inGraph.before, model))
    model = step.after
    try {
      await party.follow(step)
      const name = [key(inGraph.before), inGraph.event.type, key(inGraph.after)].join()
      if (tried.has(name)) continue
      tried.add(name)
      await tryInVain(party, model)
      expect(await party.unexpected()).toEqual([])
    } catch (cause) {
      throw new Error(`on the way\n${wayTo(inGraph)}`, { cause })
    }
  }
  expect(await party.unexpected(), wayTo(steps.at(-1)!)).toEqual([])
}

/** In the graph the clock stands at 0 whenever a socket closes; here it goes on. */
function atTime(now: number, event: RoomFact, inGraph: Snapshot, here: Snapshot): RoomFact {
  if (event.type === 'socket.closed' || event.type === 'holder.restored') return { ...event, at: now }
  if (event.type !== 'time.passed') return event
  const due = [
    ...expired(inGraph.context, event.at).map((name) => here.context.seats[name]?.deadline ?? now),
    ...((inGraph.context.awaited ?? Infinity) <= event.at ? [here.context.awaited ?? now] : []),
  ]
  // The server looks for what is due once a second.
  return { ...event, at: due.length > 0 ? Math.max(...due, now + sweepMs) : (dueAt(here.context) ?? now) - 1 }
}

/** What must be refused wherever a path ends, while nobody notices. */
async function tryInVain(party: Party, model: Snapshot): Promise<void> {
  expect(await party.newcomer({ token: party.secret('nobody.0') }).refused()).toBe('seat-lost')
  if (takenSeats(model.context).length === 2 || model.context.awaited !== null) expect(await party.newcomer().refused()).toBe('full')
}
