import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { TokenBuckets } from '../../../server/limits/tokenBuckets.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import type { ApiError } from '../../../server/common/apiError.ts'
import { type RoomLimits, RoomService } from '../../../server/rooms/roomService.ts'
import { SeatTokens } from '../../../server/rooms/tokens.ts'
import { connectRaw } from '../../faults/rawSocket.ts'
import { ManualClock } from '../manualClock.ts'
import { readMetrics } from '../metricsReader.ts'
import { httpGet } from '../httpGet.ts'
import { newJoinKey } from '../testClient.ts'
import { upgradeStatus, FrameClient } from '../frameClient.ts'
import { startServerFixture, type ServerFixture } from '../serverFixture.ts'
import { freeAllowance } from '../rooms/freeAllowance.ts'

const proxied = { DUET_TRUSTED_PROXIES: '127.0.0.1' }
const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
/** An IPv6 address; each number is in a different /48. */
const far = (n: number) => `2001:db8:${n.toString(16)}::1`

const socketsOf = async (fixture: ServerFixture): Promise<number> => (await readMetrics(fixture)).duet_ws_connections!

test('the default limits leave sockets for clients without a seat when all rooms are full', () => {
  const { roomsTotal, roomsReserved, socketsTotal } = serverLimits
  expect(2 * roomsTotal).toBeLessThan(socketsTotal)
  expect(roomsReserved).toBeLessThan(roomsTotal)
})

test('above socketsTotal the oldest socket without a seat is closed with 1013; sockets with a seat stay', async () => {
  const fixture = await startServerFixture({ limits: { socketsTotal: 6 } }, proxied)
  const holders = [fixture.newClient(from(far(1))), fixture.newClient(from(far(2)))]
  for (const holder of holders) await holder.join('blue-door').joined()
  const guests = await Promise.all([3, 4, 5, 6].map((n) => FrameClient.open(fixture.server.url, from(far(n)))))
  for (let n = 7; n < 40; n++) {
    const closed = Promise.race(guests.map((frameClient) => frameClient.waitForClose()))
    guests.push(await FrameClient.open(fixture.server.url, from(far(n))))
    expect(await closed).toBe(1013)
    guests.splice(
      guests.findIndex(({ socket }) => socket.readyState !== socket.OPEN),
      1,
    )
  }
  expect(await socketsOf(fixture)).toBe(6)
  for (const holder of holders) expect(holder.socket.readyState).toBe(1)
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_ws_disconnects_total{reason="evicted"}': 33,
    'duet_limit{resource="ws_connections"}': 6,
  })
  for (const { socket } of guests) socket.terminate()
})

test('a flood from one /48 evicts only its own sockets', async () => {
  const fixture = await startServerFixture({ limits: { socketsTotal: 8 } }, proxied)
  const calm = await FrameClient.open(fixture.server.url, from(far(1)))
  const flood: FrameClient[] = []
  for (let n = 0; n < 30; n++)
    flood.push(await FrameClient.open(fixture.server.url, from(`2001:db8:f:${n.toString(16)}::1`)))
  calm.send('PING')
  expect(await calm.next()).toBe('PONG')
  for (const { socket } of [calm, ...flood]) socket.terminate()
})

test('a seat holder can rejoin at socketsTotal; an upgrade gets 503 when every socket has a seat', async () => {
  const fixture = await startServerFixture({ limits: { socketsTotal: 4 } }, proxied)
  const ann = fixture.newClient(from(far(1)))
  const { token } = await ann.join('blue-door').joined()
  await ann.terminate()
  const flood = await Promise.all([2, 3, 4, 5].map((n) => FrameClient.open(fixture.server.url, from(far(n)))))
  await expect(
    fixture
      .newClient(from(far(1)))
      .join('blue-door', { token })
      .joined(),
  ).resolves.toMatchObject({ resumed: true })
  for (let n = 6; n < 9; n++)
    await fixture
      .newClient(from(far(n)))
      .join(`room-${n}`)
      .joined()
  expect(await upgradeStatus(fixture.server.url, '/trpc', from(far(9)).headers)).toBe(503)
  expect((await httpGet(fixture.server.url, '/trpc', { ...from(far(9)).headers, Connection: 'close' })).status).toBe(
    503,
  )
  for (const { socket } of flood) socket.terminate()
})

test('above roomsTotal a new room is rejected as server-full; joins to existing rooms succeed', async () => {
  const fixture = await startServerFixture({ limits: { roomsTotal: 12, roomsReserved: 2 } }, proxied)
  const first = await fixture
    .newClient(from(far(0)))
    .join('room-0')
    .joined()
  for (let n = 1; n < 10; n++)
    await fixture
      .newClient(from(far(n)))
      .join(`room-${n}`)
      .joined()
  for (let n = 10; n < 40; n++)
    expect(
      await fixture
        .newClient(from(far(n)))
        .join(`room-${n}`)
        .rejected(),
    ).toBe('server-full')
  expect(await readMetrics(fixture)).toMatchObject({
    duet_rooms: 10,
    'duet_limit{resource="rooms"}': 12,
    'duet_api_errors_total{code="server-full"}': 30,
  })
  expect(
    await fixture
      .newClient(from(far(41)))
      .join('room-1')
      .joined(),
    'a join to an existing room',
  ).toMatchObject({ seat: 'b' })
  expect(
    await fixture
      .newClient(from(far(0)))
      .join('room-0', { token: first.token })
      .joined(),
  ).toMatchObject({ resumed: true })
})

test('the end of a room frees its place in roomsTotal', async () => {
  const fixture = await startServerFixture({ limits: { roomsTotal: 1, roomsReserved: 0 } }, proxied)
  const ann = fixture.newClient(from(far(1))).join('blue-door')
  await ann.joined()
  expect(
    await fixture
      .newClient(from(far(2)))
      .join('red-door')
      .rejected(),
  ).toBe('server-full')
  await ann.leave()
  expect(
    await fixture
      .newClient(from(far(2)))
      .join('red-door')
      .joined(),
  ).toMatchObject({ state: 'created' })
})

/** Creates servers with the same key and without a common store, as before and after a crash. */
function createRoomServices(): (limits: Partial<RoomLimits>) => RoomService {
  const [clock, log, keys] = [new ManualClock(), createLog('silent'), [randomBytes(32)] as const]
  return (limits) =>
    new RoomService({
      store: new MemoryStore(clock),
      clock,
      log,
      tokens: new SeatTokens([...keys]),
      limits: {
        ...serverLimits,
        roomsTotal: 100,
        roomsReserved: 0,
        roomsHeldPerNetwork: 100,
        roomsRestoredPerNetwork: 100,
        ...limits,
      },
    })
}

/** Joins from a network; returns the arrival and the token, or the error code. */
const enter = (rooms: RoomService, room: string, token?: string, network = far(1)) =>
  rooms.join({ room, joinKey: newJoinKey(), requestedAt: 0, token }, freeAllowance, undefined, network).then(
    ({ arrival, joined }) => ({ as: arrival, token: joined.token }),
    (error: ApiError) => error.errorCode,
  )

test('roomsReserved keeps rooms for seats restored after a crash, within roomsTotal', async () => {
  const roomsOf = createRoomServices()
  const before = roomsOf({})
  const tokens = []
  for (let n = 0; n < 3; n++) tokens.push(((await enter(before, `room-${n}`)) as { token: string }).token)
  const after = roomsOf({ roomsTotal: 3, roomsReserved: 1 })
  const answers = []
  for (const room of ['new-0', 'new-1', 'new-2']) answers.push(await enter(after, room))
  expect(answers).toMatchObject([{ as: 'visitor.joined' }, { as: 'visitor.joined' }, 'server-full'])
  expect([await enter(after, 'room-0', tokens[0]), await enter(after, 'room-1', tokens[1])]).toMatchObject([
    { as: 'holder.restored' },
    'server-full',
  ])
})

test('above roomsRestoredPerNetwork a network restores no more rooms after a crash; others do', async () => {
  const roomsOf = createRoomServices()
  const before = roomsOf({})
  const tokens = []
  for (let n = 0; n < 3; n++) tokens.push(((await enter(before, `room-${n}`)) as { token: string }).token)
  const after = roomsOf({ roomsRestoredPerNetwork: 2 })
  const answers = []
  for (const [n, token] of tokens.entries()) answers.push(await enter(after, `room-${n}`, token))
  expect(answers).toMatchObject([{ as: 'holder.restored' }, { as: 'holder.restored' }, 'throttled'])
  expect(await enter(after, 'room-2', tokens[2], far(2))).toMatchObject({ as: 'holder.restored' })
})

test('above roomsHeldPerNetwork a new room of that network is throttled; other networks can create rooms', async () => {
  const fixture = await startServerFixture({ limits: { roomsHeldPerNetwork: 3 } }, proxied)
  const host = (n: number) => fixture.newClient(from(`2001:db8:a:${n}::1`))
  for (let n = 0; n < 3; n++) await host(n).join(`room-${n}`).joined()
  expect(await host(4).join('room-4').rejected()).toBe('throttled')
  expect(
    await fixture
      .newClient(from(far(1)))
      .join('room-4')
      .joined(),
  ).toMatchObject({ state: 'created' })
  expect(await host(5).join('room-4').joined()).toMatchObject({ seat: 'b' })
})

test('joins rejected as server-full count toward the room creation rate limit', async () => {
  const fixture = await startServerFixture(
    {
      limits: {
        roomsTotal: 1,
        roomsReserved: 0,
        messageBurst: 1_000,
        newRoomsPerAddressPerMinute: 8,
        newRoomsPerSocketPerMinute: 2,
      },
    },
    proxied,
  )
  await fixture
    .newClient(from(far(1)))
    .join('blue-door')
    .joined()
  const seeker = fixture.newClient(from(far(2)))
  const answers = new Set<string | undefined>()
  for (let n = 0; n < 20; n++) answers.add(await seeker.join(`name-${n}`).rejected())
  expect([...answers]).toEqual(['server-full', 'throttled'])
})

test('above plainConnectionsTotal the oldest plain connection is closed; WebSockets stay', async () => {
  const fixture = await startServerFixture({ limits: { plainConnectionsTotal: 4 } })
  const frameClient = await FrameClient.open(fixture.server.url)
  const oldest = await connectRaw(fixture.server.url)
  const closed = once(oldest, 'close')
  let text = ''
  oldest
    .on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    .on('end', () => oldest.end())
  for (let n = 0; n < 4; n++) await connectRaw(fixture.server.url)
  await closed
  expect(text, 'closed without a 408 response').toBe('')
  frameClient.send('PING')
  expect(await frameClient.next()).toBe('PONG')
  expect((await httpGet(fixture.server.url, '/healthz')).status).toBe(200)
  const { duet_http_connections: open, duet_http_connections_evicted_total: made } = await readMetrics(fixture)
  expect([open! <= 4, made! > 0]).toEqual([true, true])
  frameClient.socket.terminate()
})

test('above plainConnectionsTotal a client with many connections loses its own, and other networks keep theirs', async () => {
  const fixture = await startServerFixture({ limits: { plainConnectionsTotal: 6 } })
  const port = Number(new URL(fixture.server.url).port)
  const connectFrom = async (localAddress: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const calm = await connectFrom('127.0.0.2')
  const greedy: Socket[] = []
  for (let n = 0; n < 20; n++) greedy.push(await connectFrom('127.0.0.3'))
  await expect.poll(() => greedy.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(15)
  calm.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  expect(String((await once(calm, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /)
})

test('a table of token buckets holds at most addressesPerTable addresses', () => {
  const buckets = new TokenBuckets(10, 1)
  const { addressesPerTable } = serverLimits
  for (let n = 0; n < addressesPerTable + 100; n++) buckets.take(`2001:db8:${n >> 16}:${n & 0xffff}::/64`, 0)
  expect(buckets.count).toBe(addressesPerTable)
  for (let n = 0; n < 10; n++) buckets.take('192.0.2.1', 0)
  expect(buckets.take('192.0.2.1', 0)).toBe(false)
})
