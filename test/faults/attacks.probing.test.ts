import { expect, test } from 'vitest'
import { serverLimits } from '../../machines/protocol/limits.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import { Bucket } from '../../server/limits/tokenBucket.ts'
import { Drain } from '../../server/common/drain.ts'
import { createLog } from '../../server/common/log.ts'
import { MemoryStore } from '../../server/rooms/memoryStore.ts'
import { Refusal } from '../../server/common/apiError.ts'
import { Rooms } from '../../server/rooms/roomService.ts'
import { Throttle, throttleLimits } from '../../server/limits/rateLimiter.ts'
import type { Context } from '../../server/api/trpc.ts'
import { visit } from '../../server/api/roomSubscription.ts'
import { Visitor } from '../../server/api/clientSession.ts'
import { ManualClock } from '../server/clock.ts'
import { newKey, type Visit } from '../server/people.ts'
import { Wire } from '../server/wire.ts'
import { startWorld, type World } from '../server/world.ts'

/** Writes down what it is asked. */
class ToldStore extends MemoryStore {
  asked: string[] = []

  override load(room: string) {
    this.asked.push('load')
    return super.load(room)
  }

  override commit(...args: Parameters<MemoryStore['commit']>) {
    this.asked.push('commit')
    return super.commit(...args)
  }
}

const bucket = new Bucket(1, 1, 0)
const socketFrom = (address: string): Visitor => new Visitor({ host: 'duet.example', address, calls: bucket, frames: bucket, at: 0 })

/** One who comes from an address, as the procedures see them. */
function comeFrom(address: string): { context: Context; store: ToldStore } {
  const [clock, log] = [new ManualClock(), createLog('silent')]
  const store = new ToldStore(clock)
  const services = {
    clock, log, rooms: new Rooms({ store, clock, log }), throttle: new Throttle(throttleLimits), drain: new Drain(),
    ice: { configFor: () => ({ iceServers: [], lifetimeMs: 0 }) }, inspects: false,
  }
  return { store, context: { services, visitor: socketFrom(address) } }
}

/** What becomes of one who asks for a seat: `joined`, or the code of the refusal. */
async function knock({ services, visitor }: Context, room: string, token?: string): Promise<string> {
  try {
    await visit({ services, visitor }, { room, key: newKey(), asked: 0, ...(token && { token }) }).next()
    return 'joined'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.refused
  }
}

/** Another socket of the same address. */
const newSocket = ({ services, visitor: { address } }: Context): Context => ({ services, visitor: socketFrom(address) })

test('room probing: 10⁵ names from one address: the first few hundred, and then throttled', () => {
  const [throttle, at] = [new Throttle(throttleLimits), 0]
  let made = 0
  for (let name = 0; name < 100_000; name++) {
    const socket = socketFrom('192.0.2.7')
    if (!throttle.isWelcome(socket, at)) continue
    made += 1
    throttle.noteRoom(socket, at)
  }
  expect([made, throttle.isWelcome(socketFrom('192.0.2.8'), at)]).toEqual([throttleLimits.rooms, true])
})

test('who probes over one socket makes as many rooms as a socket may, over many as many as an address may', async () => {
  const { context, store } = comeFrom('192.0.2.7')
  const counts: Record<string, number> = {}
  for (let name = 0; name < 1_000; name++) {
    const answer = await knock(name < 200 ? context : newSocket(context), `name-${name}`)
    counts[answer] = (counts[answer] ?? 0) + 1
    if (name === 199) expect(counts).toEqual({ joined: serverLimits.roomsPerSocket, throttled: 200 - serverLimits.roomsPerSocket })
  }
  const { rooms } = throttleLimits
  expect(counts).toEqual({ joined: rooms, throttled: 1_000 - rooms })
  expect(await store.count()).toBe(rooms)
})

test.each([['full', undefined], ['seat-lost', newKey()]])('who is told %s a thousand times over one socket is throttled after the tenth, and nobody else is', async (code, token) => {
  const { context } = comeFrom('192.0.2.7')
  for (let seat = 0; seat < 2; seat++) await knock(newSocket(context), 'blue-door')
  const counts: Record<string, number> = {}
  for (let guess = 0; guess < 1_000; guess++) {
    const answer = await knock(context, 'blue-door', token)
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  expect(counts).toEqual({ [code]: serverLimits.guessesPerSocket, throttled: 1_000 - serverLimits.guessesPerSocket })
  expect(await knock(newSocket(context), 'red-door')).toBe('joined')
})

test('a page that lost its seat and shows the token of it may wait for the room as long as it takes; a guesser beside it is still slowed', async () => {
  const { person, clock, logged } = await startWorld({ limits: { messageBurst: 1_000 } })
  const lost = person()
  const { token } = await lost.visit('blue-door').joined()
  await lost.vanish()
  await logged('socket.closed')
  clock.pass(timers.grace + 1_000)
  for (let seat = 0; seat < 2; seat++) await person().visit('blue-door').joined()
  const back = person()
  expect(await back.visit('blue-door', { token }).refused()).toBe('seat-lost')
  for (let time = 0; time < 400; time++) expect(await back.visit('blue-door', { former: token }).refused()).toBe('full')
  const guesser = person()
  const answers = []
  // A token of another room, and one that nobody signed, prove nothing.
  const other = (await person().visit('red-door').joined()).token
  for (const former of [other, newKey()]) for (let time = 0; time < 10; time++) answers.push(await guesser.visit('blue-door', { former }).refused())
  expect(answers).toEqual([...Array<string>(10).fill('full'), ...Array<string>(10).fill('throttled')])
  expect(await back.visit('blue-door', { former: token }).refused()).toBe('full')
  expect(await back.visit('green-door').joined()).toMatchObject({ state: 'created' })
})

test('an address is throttled after 300 guesses, of which the second half took a socket each', async () => {
  const { context } = comeFrom('192.0.2.7')
  for (let seat = 0; seat < 2; seat++) await knock(newSocket(context), 'blue-door')
  let [guesses, sockets, socket] = [0, 0, newSocket(context)]
  while (sockets < 1_000) {
    if (await knock(socket, 'blue-door') === 'full') guesses += 1
    else {
      sockets += 1
      socket = newSocket(context)
    }
  }
  expect(guesses).toBe(throttleLimits.failures)
  expect(await knock(newSocket(context), 'red-door')).toBe('throttled')
  expect(await knock({ ...context, visitor: socketFrom('192.0.2.8') }, 'red-door')).toBe('joined')
})

test('an address that was throttled gets its guesses back one by one', () => {
  const throttle = new Throttle(throttleLimits)
  for (let guess = 0; guess < throttleLimits.failures; guess++) throttle.noteFailure(socketFrom('192.0.2.7'), 0)
  expect(throttle.isWelcome(socketFrom('192.0.2.7'), 100)).toBe(false)
  expect(throttle.isWelcome(socketFrom('192.0.2.7'), 201)).toBe(true)
  throttle.noteFailure(socketFrom('192.0.2.7'), 201)
  expect(throttle.isWelcome(socketFrom('192.0.2.7'), 300)).toBe(false)
  throttle.prune(60_300)
  expect(throttle.isWelcome(socketFrom('192.0.2.7'), 60_300)).toBe(true)
})

test('one who is throttled is told the same of every room, by the same way through the server', async () => {
  const { context, store } = comeFrom('192.0.2.7')
  for (let seat = 0; seat < 2; seat++) await knock(context, 'full-room')
  await knock(context, 'half-room')
  for (let guess = 0; guess < throttleLimits.failures; guess++) context.services.throttle.noteFailure(context.visitor, context.services.clock.now())
  const asked = []
  for (const room of ['full-room', 'half-room', 'no-room']) {
    for (const token of [undefined, newKey()]) {
      store.asked = []
      asked.push([await knock(context, room, token), ...store.asked].join())
    }
  }
  expect(new Set(asked)).toEqual(new Set(['throttled,load']))
})

test('a wrong token takes the same way through the server at a room that exists and at one that does not', async () => {
  const { context, store } = comeFrom('192.0.2.7')
  await knock(context, 'half-room')
  const asked = []
  for (const room of ['half-room', 'no-room']) {
    store.asked = []
    asked.push([await knock(context, room, newKey()), ...store.asked].join())
  }
  expect(asked).toEqual(['seat-lost,load', 'seat-lost,load'])
})

async function inACall({ person }: World): Promise<[Visit, Visit]> {
  const both: [Visit, Visit] = [person().visit('blue-door'), person().visit('blue-door')]
  for (const one of both) await one.joined()
  for (const one of both) await one.hears('ready')
  return both
}

test('a third person at a full room: throttled after repeated failures; no membership event reaches the room', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000 } })
  const [ann, ben] = await inACall(world)
  await ann.say({ type: 'bye' })
  const { id: before } = await ben.hears('message')
  const third = world.person()
  const answers = []
  for (let knocks = 0; knocks < 40; knocks++) answers.push(await third.visit('blue-door').refused())
  expect(answers).toEqual([...Array<string>(10).fill('full'), ...Array<string>(30).fill('throttled')])
  await ann.say({ type: 'bye' })
  const { id: after } = await ben.hears('message')
  const [[epoch, n], [sameEpoch, next]] = [before.split('.'), after.split('.')]
  expect([sameEpoch, Number(next)], 'nothing was put into the mailbox in between').toEqual([epoch, Number(n) + 1])
  expect([ann.unread, ben.unread]).toEqual([[], []])
})

test('of rooms that it makes an address has so many; then it is told the same of every other room, and who has a seat keeps it', async () => {
  const { person } = await startWorld({ throttle: { rooms: 3 } }, { DUET_TRUSTED_PROXIES: '127.0.0.1' })
  const from = (address: string) => person({ headers: { 'X-Forwarded-For': address } })
  await from('2001:db8:9::1').visit('elsewhere').joined()
  const held = await from('2001:db8::1').visit('room-0').joined()
  for (let room = 1; room < 3; room++) await from('2001:db8::1').visit(`room-${room}`).joined()
  for (const room of ['room-3', 'room-1', 'elsewhere']) expect(await from('2001:db8::2').visit(room).refused()).toBe('throttled')
  expect(await from('2001:db8::2').visit('room-0', { token: held.token }).joined()).toMatchObject({ resumed: true })
  expect(await from('2001:db8:0:1::1').visit('elsewhere').joined(), 'another /64').toMatchObject({ seat: 'b' })
})

test('a hundred pairs behind one NAT meet, and come back', async () => {
  const { person } = await startWorld({ limits: { messageBurst: 1_000 } })
  const many = person()
  for (let pair = 0; pair < 100; pair++) {
    const [ann, ben] = [many.visit(`room-${pair}`), person().visit(`room-${pair}`)]
    await ann.joined()
    const { token, seat } = await ben.joined()
    expect(seat).toBe('b')
    expect(await person().visit(`room-${pair}`, { token }).joined()).toMatchObject({ resumed: true })
    ann.stop()
  }
})

test('without a seat it is not told whether there is such a room', async () => {
  const { person, server } = await startWorld()
  await person().visit('blue-door').joined()
  const wire = await Wire.open(server.url)
  const answers = []
  for (const room of ['blue-door', 'nowhere']) {
    for (const [path, more] of [['room.say', { n: 1, message: { type: 'bye' } }], ['room.report', { media: 'flowing' }], ['room.leave', {}]] as const) {
      answers.push({ ...await wire.call('mutation', path, { room, ...more }), id: 0 })
    }
  }
  expect(answers.slice(3)).toEqual(answers.slice(0, 3))
  wire.socket.terminate()
})
