import { expect, test } from 'vitest'
import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { TokenBucket } from '../../server/limits/tokenBucket.ts'
import { Drain } from '../../server/common/drain.ts'
import { createLog } from '../../server/common/log.ts'
import { MemoryStore } from '../../server/rooms/memoryStore.ts'
import { ApiError } from '../../server/common/apiError.ts'
import { RoomService } from '../../server/rooms/roomService.ts'
import { RateLimiter } from '../../server/limits/rateLimiter.ts'
import type { Context } from '../../server/api/trpc.ts'
import { subscribeToRoom } from '../../server/api/roomSubscription.ts'
import { visitRoom } from '../../server/api/visitSubscription.ts'
import { ClientSession } from '../../server/api/clientSession.ts'
import { ManualClock } from '../server/manualClock.ts'
import { newJoinKey, type TestSubscription } from '../server/testClient.ts'
import { FrameClient } from '../server/frameClient.ts'
import { startServerFixture, type ServerFixture } from '../server/serverFixture.ts'

/** A store that records the calls to it. */
class RecordingStore extends MemoryStore {
  calls: string[] = []

  override load(room: string) {
    this.calls.push('load')
    return super.load(room)
  }

  override commit(...args: Parameters<MemoryStore['commit']>) {
    this.calls.push('commit')
    return super.commit(...args)
  }
}

const bucket = new TokenBucket(1, 1, 0)
const createSession = (address: string): ClientSession =>
  new ClientSession({ serverHost: 'duet.example', address, callBudget: bucket, frameBudget: bucket, nowMs: 0 })

/** The context of a client at this address, as the procedures see it. */
function createContext(address: string): { context: Context; store: RecordingStore } {
  const [clock, log] = [new ManualClock(), createLog('silent')]
  const store = new RecordingStore(clock)
  const dependencies = {
    clock,
    log,
    rooms: new RoomService({ store, clock, log }),
    rateLimiter: new RateLimiter(),
    drain: new Drain(),
    ice: { createConfig: () => ({ iceServers: [], lifetimeMs: 0 }) },
    canInspect: false,
  }
  return { store, context: { dependencies, session: createSession(address) } }
}

/** Requests a seat. Returns `joined` or the error code. */
async function tryJoin({ dependencies, session }: Context, room: string, token?: string): Promise<string> {
  try {
    await subscribeToRoom(
      { dependencies, session },
      { room, joinKey: newJoinKey(), requestedAt: 0, ...(token && { token }) },
    )
      [Symbol.asyncIterator]()
      .next()
    return 'joined'
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.errorCode
  }
}

/** Visits a room. Returns its occupancy or the error code. */
async function tryVisit(context: Context, room: string): Promise<string> {
  const end = new AbortController()
  const visit = visitRoom(context, { room }, end.signal)
  try {
    return (await visit.next()).value?.occupancy ?? 'ended'
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.errorCode
  } finally {
    end.abort()
  }
}

/** Another socket of the same address. */
const withNewSocket = ({ dependencies, session: { address } }: Context): Context => ({
  dependencies,
  session: createSession(address),
})

test('probing 10⁵ room names from one address is throttled after the first few hundred', () => {
  const [rateLimiter, at] = [new RateLimiter(), 0]
  let made = 0
  for (let name = 0; name < 100_000; name++) {
    const socket = createSession('192.0.2.7')
    if (!rateLimiter.mayCreateRoom(socket, at)) continue
    made += 1
    rateLimiter.recordRoomCreated(socket, at)
  }
  expect([made, rateLimiter.mayCreateRoom(createSession('192.0.2.8'), at)]).toEqual([
    serverLimits.newRoomsPerAddressPerMinute,
    true,
  ])
})

test('created rooms are limited per socket and per address', async () => {
  const { context, store } = createContext('192.0.2.7')
  const counts: Record<string, number> = {}
  for (let name = 0; name < 1_000; name++) {
    const answer = await tryJoin(name < 200 ? context : withNewSocket(context), `name-${name}`)
    counts[answer] = (counts[answer] ?? 0) + 1
    if (name === 199)
      expect(counts).toEqual({
        joined: serverLimits.newRoomsPerSocketPerMinute,
        throttled: 200 - serverLimits.newRoomsPerSocketPerMinute,
      })
  }
  const createdRooms = serverLimits.newRoomsPerAddressPerMinute
  expect(counts).toEqual({ joined: createdRooms, throttled: 1_000 - createdRooms })
  expect(await store.countRooms()).toBe(createdRooms)
})

test.each([
  ['full', undefined],
  ['seat-lost', newJoinKey()],
])('a socket that gets %s for 1,000 joins is throttled after ten, other sockets are not', async (code, token) => {
  const { context } = createContext('192.0.2.7')
  for (let seat = 0; seat < 2; seat++) await tryJoin(withNewSocket(context), 'blue-door')
  const counts: Record<string, number> = {}
  for (let guess = 0; guess < 1_000; guess++) {
    const answer = await tryJoin(context, 'blue-door', token)
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  expect(counts).toEqual({
    [code]: serverLimits.failedJoinsPerSocketPerMinute,
    throttled: 1_000 - serverLimits.failedJoinsPerSocketPerMinute,
  })
  expect(await tryJoin(withNewSocket(context), 'red-door')).toBe('joined')
})

test('a page with the token of its lost seat may retry a full room; a guesser is throttled', async () => {
  const { newClient, clock, waitForLog } = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const lost = newClient()
  const { token } = await lost.join('blue-door').joined()
  await lost.terminate()
  await waitForLog('socket.closed')
  clock.advance(timeouts.seatGraceMs + 1_000)
  for (let seat = 0; seat < 2; seat++) await newClient().join('blue-door').joined()
  const back = newClient()
  expect(await back.join('blue-door', { token }).rejected()).toBe('seat-lost')
  for (let time = 0; time < 400; time++)
    expect(await back.join('blue-door', { formerToken: token }).rejected()).toBe('full')
  const guesser = newClient()
  const answers = []
  // A token of another room and an unknown token prove nothing.
  const other = (await newClient().join('red-door').joined()).token
  for (const formerToken of [other, newJoinKey()])
    for (let time = 0; time < 10; time++) answers.push(await guesser.join('blue-door', { formerToken }).rejected())
  expect(answers).toEqual([...Array<string>(10).fill('full'), ...Array<string>(10).fill('throttled')])
  expect(await back.join('blue-door', { formerToken: token }).rejected()).toBe('full')
  expect(await back.join('green-door').joined()).toMatchObject({ state: 'created' })
})

test.each([
  ['full', undefined],
  ['seat-lost', newJoinKey()],
])(
  'a socket whose joins arrive together gets %s no more often than one by one, after the first burst',
  async (code, token) => {
    const { context } = createContext('192.0.2.7')
    const clock = context.dependencies.clock as ManualClock
    for (let seat = 0; seat < 2; seat++) await tryJoin(withNewSocket(context), 'blue-door')
    const { failedJoinsPerSocketPerMinute: limit, subscriptionsPerSocket: burst } = { ...limits, ...serverLimits }
    let guesses = 0
    for (let second = 0; second < 120; second++) {
      const answers = await Promise.all(Array.from({ length: burst }, () => tryJoin(context, 'blue-door', token)))
      guesses += answers.filter((answer) => answer === code).length
      clock.advance(1_000)
    }
    expect(guesses).toBeLessThanOrEqual(limit + 2 * limit + burst)
  },
)

test('an address is throttled after 300 failed joins, the second half from one socket each', async () => {
  const { context } = createContext('192.0.2.7')
  for (let seat = 0; seat < 2; seat++) await tryJoin(withNewSocket(context), 'blue-door')
  let [guesses, sockets, socket] = [0, 0, withNewSocket(context)]
  while (sockets < 1_000) {
    if ((await tryJoin(socket, 'blue-door')) === 'full') guesses += 1
    else {
      sockets += 1
      socket = withNewSocket(context)
    }
  }
  expect(guesses).toBe(serverLimits.failedJoinsPerAddressPerMinute)
  expect(await tryJoin(withNewSocket(context), 'red-door')).toBe('throttled')
  expect(await tryJoin({ ...context, session: createSession('192.0.2.8') }, 'red-door')).toBe('joined')
})

test('a throttled address regains its failed joins one by one', () => {
  const rateLimiter = new RateLimiter()
  for (let guess = 0; guess < serverLimits.failedJoinsPerAddressPerMinute; guess++)
    rateLimiter.recordFailure(createSession('192.0.2.7'), 0)
  expect(rateLimiter.mayJoin(createSession('192.0.2.7'), 100)).toBe(false)
  expect(rateLimiter.mayJoin(createSession('192.0.2.7'), 201)).toBe(true)
  rateLimiter.recordFailure(createSession('192.0.2.7'), 201)
  expect(rateLimiter.mayJoin(createSession('192.0.2.7'), 300)).toBe(false)
  rateLimiter.prune(60_300)
  expect(rateLimiter.mayJoin(createSession('192.0.2.7'), 60_300)).toBe(true)
})

test('a throttled client gets the same answer for every room, after the same store calls', async () => {
  const { context, store } = createContext('192.0.2.7')
  for (let seat = 0; seat < 2; seat++) await tryJoin(context, 'full-room')
  await tryJoin(context, 'half-room')
  for (let guess = 0; guess < serverLimits.failedJoinsPerAddressPerMinute; guess++)
    context.dependencies.rateLimiter.recordFailure(context.session, context.dependencies.clock.now())
  const outcomes = []
  for (const room of ['full-room', 'half-room', 'no-room']) {
    for (const token of [undefined, newJoinKey()]) {
      store.calls = []
      outcomes.push([await tryJoin(context, room, token), ...store.calls].join())
    }
  }
  expect(new Set(outcomes)).toEqual(new Set(['throttled,load']))
})

test('a wrong token causes the same store calls for an existing and a missing room', async () => {
  const { context, store } = createContext('192.0.2.7')
  await tryJoin(context, 'half-room')
  const outcomes = []
  for (const room of ['half-room', 'no-room']) {
    store.calls = []
    outcomes.push([await tryJoin(context, room, newJoinKey()), ...store.calls].join())
  }
  expect(outcomes).toEqual(['seat-lost,load', 'seat-lost,load'])
})

async function startCall({ newClient }: ServerFixture): Promise<[TestSubscription, TestSubscription]> {
  const both: [TestSubscription, TestSubscription] = [newClient().join('blue-door'), newClient().join('blue-door')]
  for (const one of both) await one.joined()
  for (const one of both) await one.expectEvent('ready')
  return both
}

test('a third visitor at a full room is throttled after ten attempts, and the room receives no event', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const [ann, ben] = await startCall(fixture)
  await ann.send({ type: 'hangup' })
  const { id: before } = await ben.expectEvent('message')
  const third = fixture.newClient()
  const answers = []
  for (let attempt = 0; attempt < 40; attempt++) answers.push(await third.join('blue-door').rejected())
  expect(answers).toEqual([...Array<string>(10).fill('full'), ...Array<string>(30).fill('throttled')])
  await ann.send({ type: 'hangup' })
  const { id: after } = await ben.expectEvent('message')
  const [[epoch, n], [sameEpoch, next]] = [before.split('.'), after.split('.')]
  expect([sameEpoch, Number(next)], 'no mailbox entry in between').toEqual([epoch, Number(n) + 1])
  expect([ann.unread, ben.unread]).toEqual([[], []])
})

test('an address at its limit of new rooms joins the rooms that exist, and keeps its seats', async () => {
  const { newClient } = await startServerFixture(
    { limits: { newRoomsPerAddressPerMinute: 3, newRoomsPerSocketPerMinute: 1 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const from = (address: string) => newClient({ headers: { 'X-Forwarded-For': address } })
  await from('2001:db8:9::1').join('elsewhere').joined()
  const held = await from('2001:db8::1').join('room-0').joined()
  for (let room = 1; room < 3; room++) await from('2001:db8::1').join(`room-${room}`).joined()
  expect(await from('2001:db8::2').join('room-3').rejected()).toBe('throttled')
  expect(await from('2001:db8::2').visit('room-3').next()).toBe('throttled')
  const visit = from('2001:db8::2').visit('room-1')
  expect(await visit.next()).toMatchObject({ occupancy: 'waiting' })
  expect(await from('2001:db8::2').join('room-1').joined()).toMatchObject({ seat: 'b' })
  expect(await from('2001:db8::2').join('room-0', { token: held.token }).joined()).toMatchObject({ resumed: true })
  expect(await from('2001:db8::2').join('elsewhere').joined()).toMatchObject({ seat: 'b' })
  expect(await from('2001:db8:0:1::1').join('room-3').joined(), 'another /64').toMatchObject({ seat: 'a' })
})

test('an address at its limit of new rooms guesses as often as with failed joins, with joins and with visits', async () => {
  const { context } = createContext('192.0.2.7')
  const { rateLimiter, clock } = context.dependencies
  await tryJoin(withNewSocket(context), 'half-room')
  for (let room = 1; room < serverLimits.newRoomsPerAddressPerMinute; room++)
    rateLimiter.recordRoomCreated(createSession('192.0.2.7'), clock.now())
  let guesses = 0
  // The code is the same for a room that does not exist and for a blocked client. A guess is a join that is not blocked.
  for (let name = 0; name < 1_000; name++) {
    const socket = withNewSocket(context)
    if (rateLimiter.mayJoin(socket.session, clock.now())) guesses += 1
    const isVisit = name % 2 === 0
    expect(await (isVisit ? tryVisit(socket, `name-${name}`) : tryJoin(socket, `name-${name}`))).toBe('throttled')
  }
  expect(guesses).toBe(serverLimits.failedJoinsPerAddressPerMinute)
  expect(await tryJoin(withNewSocket(context), 'half-room')).toBe('throttled')
})

test('a hundred pairs behind one NAT can join and rejoin', async () => {
  const { newClient } = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const many = newClient()
  for (let pair = 0; pair < 100; pair++) {
    const [ann, ben] = [many.join(`room-${pair}`), newClient().join(`room-${pair}`)]
    await ann.joined()
    const { token, seat } = await ben.joined()
    expect(seat).toBe('b')
    expect(await newClient().join(`room-${pair}`, { token }).joined()).toMatchObject({ resumed: true })
    ann.unsubscribe()
  }
})

test('without a seat, procedures answer the same for existing and missing rooms', async () => {
  const { newClient, server } = await startServerFixture()
  await newClient().join('blue-door').joined()
  const wire = await FrameClient.open(server.url)
  const answers = []
  for (const room of ['blue-door', 'nowhere']) {
    for (const [path, more] of [
      ['room.send', { seq: 1, message: { type: 'hangup' } }],
      ['room.reportMedia', { mediaFlow: 'flowing' }],
      ['room.reportFailure', { reason: 'failed' }],
      ['room.leave', {}],
    ] as const) {
      answers.push({ ...(await wire.request('mutation', path, { room, ...more })), id: 0 })
    }
  }
  expect(answers.slice(4)).toEqual(answers.slice(0, 4))
  wire.socket.terminate()
})
