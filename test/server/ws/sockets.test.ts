import { expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { errorCodeOf, newJoinKey } from '../testClient.ts'
import { upgradeStatus, FrameClient } from '../frameClient.ts'
import { startServerFixture } from '../serverFixture.ts'

const visit = (id: number, room = 'blue-door'): object => ({
  id,
  method: 'subscription',
  params: { path: 'room.join', input: { room, joinKey: newJoinKey() } },
})
const ice = (id: number): object => ({ id, method: 'query', params: { path: 'ice.servers' } })
const code = 'error.data.code'

test.each([
  ['/trpc/', 404],
  ['/', 404],
  ['/trpcx?', 404],
  ['/trpc/0123abcd/', 404],
  ['/trpc/0123abc', 404],
  ['/trpc/0123abcde', 404],
  ['/trpc/0123ABCD', 404],
  ['/trpc/room.join', 404],
  ['/trpc//0123abcd', 404],
  ['/trpc/0123abcd', 101],
  ['/trpc/0123abcd?connectionParams=1', 101],
  ['/trpc?connectionParams=1', 101],
  ['/trpc?', 101],
  ['/trpc', 101],
])('an upgrade at %s gets %i', async (path, status) => {
  const { server } = await startServerFixture()
  expect(await upgradeStatus(server.url, path, { Origin: server.url })).toBe(status)
})

test.each(['a b', 'x/y', 'user@host', 'host:99999'])('an upgrade with the Host %j gets 400', async (host) => {
  const { server } = await startServerFixture()
  expect(await upgradeStatus(server.url, '/trpc', { Host: host })).toBe(400)
})

test('a frame above the limit closes its socket with 1009, and no other socket', async () => {
  const { server } = await startServerFixture()
  const [good, bad] = [await FrameClient.open(server.url), await FrameClient.open(server.url)]
  const closed = bad.waitForClose()
  bad.send(JSON.stringify(ice(1)).padEnd(64 * 1024 + 1))
  expect(await closed).toBe(1009)
  good.send(JSON.stringify(ice(1)).padEnd(64 * 1024))
  expect((await good.nextJson()).result).toBeDefined()
  good.socket.terminate()
})

test('the eleventh request of a batch is throttled; a batch of 20,000 is rejected as too-large', async () => {
  const { server, newClient } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  frameClient.send(JSON.stringify(Array.from({ length: 11 }, (_, id) => ice(id))))
  const answers = await Promise.all(Array.from({ length: 11 }, () => frameClient.nextJson()))
  expect(answers.filter(({ error }) => error).map(({ id, error }) => [id, error?.data.code])).toEqual([
    [10, 'throttled'],
  ])
  frameClient.send(`[${Array.from({ length: 19_999 }, () => '0').join()},${JSON.stringify(visit(1))}]`)
  expect(await frameClient.nextJson()).toMatchObject({ id: null, error: { data: { code: 'too-large' } } })
  expect((await frameClient.request('query', 'ice.servers')).result).toBeDefined()
  expect(await newClient().join('blue-door').joined()).toMatchObject({ epoch: 1 })
  frameClient.socket.terminate()
})

test.each([
  ['text', false],
  ['binary', true],
])('JSON in a %s frame gets a response', async (_, binary) => {
  const { server } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  frameClient.socket.send(JSON.stringify(ice(1)), { binary })
  expect(await frameClient.nextJson()).toMatchObject({ id: 1, result: { type: 'data' } })
  frameClient.socket.terminate()
})

test('each request of a batch gets its own response', async () => {
  const { server } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  frameClient.send(
    JSON.stringify([ice(1), { id: 2, method: 'query', params: { path: 'nothing' } }, { id: 3 }, null, ice(5)]),
  )
  const answers = await Promise.all(Array.from({ length: 5 }, () => frameClient.nextJson()))
  expect(answers.map(({ id, error }) => [id, error?.data.code]).sort()).toEqual([
    [null, 'invalid-input'],
    [1, undefined],
    [2, 'not-found'],
    [3, 'invalid-input'],
    [5, undefined],
  ])
  frameClient.socket.terminate()
})

test.each([
  ['invalid JSON', 'hello'],
  ['truncated JSON', '{"id":1,"method":'],
  ['an empty frame', ''],
  ['an empty list', '[]', null],
  ['a number', '42'],
  ['null', 'null'],
  ['deep JSON', '['.repeat(30_000) + ']'.repeat(30_000), 'too-large'],
  ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'too-large'],
  ['an unknown method', '{"id":1,"method":"shout","params":{}}'],
  ['missing params', '{"id":1,"method":"query"}'],
  ['an id that is an object', '{"id":{},"method":"query","params":{"path":"ice.servers"}}'],
  ['a missing id', '{"method":"query","params":{"path":"ice.servers"}}'],
  ['an id of null', '{"id":null,"method":"query","params":{"path":"ice.servers"}}'],
  ['a response', '{"id":1,"result":{"type":"data"}}'],
  ['a path that is a number', '{"id":1,"method":"query","params":{"path":7}}'],
  ['random bytes', Buffer.from([0, 255, 1, 2])],
  ['a stop of an unknown subscription', '{"id":9,"method":"subscription.stop"}', null],
])('after a frame with %s the socket stays usable', async (_, frame, answer: string | null = 'invalid-input') => {
  const { server, logLines } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  frameClient.send(frame)
  if (answer) expect((await frameClient.nextJson()).error?.data.code, code).toBe(answer)
  expect((await frameClient.request('query', 'ice.servers')).result).toBeDefined()
  expect(logLines.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([])
  frameClient.socket.terminate()
})

test('a socket without a first message is closed; later sockets stay as long as they answer pings', async () => {
  const { server, clock } = await startServerFixture()
  const [mute, frameClient] = [await FrameClient.open(server.url), await FrameClient.open(server.url)]
  await frameClient.request('query', 'ice.servers')
  const closed = mute.waitForClose()
  clock.advance(timeouts.firstMessageTimeoutMs)
  expect(await closed).toBe(1006)
  for (let round = 0; round < 3; round++) {
    clock.advance(timeouts.serverPingIntervalMs)
    expect(await frameClient.next()).toBe('PING')
    frameClient.send('PONG')
    expect((await frameClient.request('query', 'ice.servers')).result).toBeDefined()
  }
  clock.advance(timeouts.serverPingIntervalMs)
  expect(await frameClient.next()).toBe('PING')
  const gone = frameClient.waitForClose()
  clock.advance(timeouts.serverPongTimeoutMs)
  expect(await gone).toBe(1006)
})

test('the server answers PING with PONG', async () => {
  const { server } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  frameClient.send('PING')
  expect(await frameClient.next()).toBe('PONG')
  frameClient.socket.terminate()
})

test('a socket above unsentBytesPerSocket is disconnected', async () => {
  const { server, clock, logLines, newClient, waitForLog } = await startServerFixture({
    limits: { unsentBytesPerSocket: 100_000, messageBurst: 100_000 },
  })
  const slow = await FrameClient.open(server.url)
  slow.send(JSON.stringify(visit(0)))
  await slow.nextJson()
  const ann = newClient().join('blue-door')
  await ann.joined()
  slow.socket.pause()
  const sdp = `v=0${'x'.repeat(31_900)}`
  // The kernel's buffers hold some of it. The server sends no ping in the first 10 s.
  for (let second = 1; second < 10 && !logLines.some((line) => line.includes('socket.closed')); second++) {
    for (let n = 1; n <= 60; n++) await ann.send({ type: 'offer', connection: 'a1.1', negotiation: n, sdp })
    clock.advance(1_000)
  }
  await waitForLog('socket.closed')
  await ann.expectEvent('ready')
  await ann.expectEvent('peer.disconnected')
  slow.socket.terminate()
})

test('the ninth subscription of a socket is rejected as too-large', async () => {
  const { server } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  for (let id = 1; id <= 8; id++) {
    frameClient.send(JSON.stringify(visit(id, `room-${id}`)))
    expect([(await frameClient.nextJson()).result?.type, (await frameClient.nextJson()).result?.type]).toEqual([
      'started',
      'data',
    ])
  }
  frameClient.send(JSON.stringify(visit(9, 'room-9')))
  expect(await frameClient.nextJson()).toMatchObject({ id: 9, error: { data: { code: 'too-large' } } })
  frameClient.send('{"id":1,"method":"subscription.stop"}')
  expect(await frameClient.nextJson()).toMatchObject({ id: 1, result: { type: 'stopped' } })
  frameClient.send(JSON.stringify(visit(9, 'room-9')))
  expect(await frameClient.nextJson()).toMatchObject({ id: 9, result: { type: 'started' } })
  frameClient.socket.terminate()
})

test('a subscription with the id of another is rejected as invalid-input', async () => {
  const { server } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  frameClient.send(JSON.stringify(visit(1)))
  await frameClient.nextJson()
  await frameClient.nextJson()
  frameClient.send(JSON.stringify(visit(1, 'red-door')))
  expect(await frameClient.nextJson()).toMatchObject({ id: 1, error: { data: { code: 'invalid-input' } } })
  frameClient.socket.terminate()
})

test('a socket may send 60 requests at once, then 10 a second; more are throttled', async () => {
  const { server, clock } = await startServerFixture()
  const frameClient = await FrameClient.open(server.url)
  const calls = async (count: number): Promise<number> => {
    let taken = 0
    for (let call = 0; call < count; call++) {
      const { error } = await frameClient.request('query', 'ice.servers')
      if (!error) taken += 1
      else expect(error.data.code).toBe('throttled')
    }
    return taken
  }
  expect(await calls(70)).toBe(60)
  clock.advance(1_000)
  expect(await calls(20)).toBe(10)
  frameClient.socket.terminate()
})

test('failed joins throttle an address, but not a rejoin with a valid token', async () => {
  const { newClient } = await startServerFixture({
    limits: { failedJoinsPerAddressPerMinute: 3, failedJoinsPerSocketPerMinute: 1 },
  })
  const holder = newClient()
  const { token, id } = await holder.join('blue-door').joined()
  for (let guess = 0; guess < 3; guess++)
    expect(await newClient().join('blue-door', { token: newJoinKey() }).rejected()).toBe('seat-lost')
  expect(await newClient().join('blue-door').rejected()).toBe('throttled')
  await holder.terminate()
  expect(await newClient().join('blue-door', { token, lastEventId: id }).joined()).toMatchObject({ resumed: true })
})

test('a join to a full room counts as a failed join', async () => {
  const { newClient } = await startServerFixture({
    limits: { failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 },
  })
  await newClient().join('blue-door').joined()
  await newClient().join('blue-door').joined()
  for (let guess = 0; guess < 2; guess++) expect(await newClient().join('blue-door').rejected()).toBe('full')
  expect(await newClient().join('red-door').rejected()).toBe('throttled')
})

test('an invalid room name does not count as a failed join', async () => {
  const { newClient } = await startServerFixture({
    limits: { messageBurst: 1_000, failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 },
  })
  const one = newClient()
  for (let typo = 0; typo < 100; typo++) expect(await one.join('///').rejected()).toBe('invalid-room-name')
  expect(await one.join('red-door').joined()).toMatchObject({ seat: 'a' })
  expect(await newClient().join('red-door').joined()).toMatchObject({ seat: 'b' })
})

test('messages from a replaced seat do not count as failed joins', async () => {
  const { newClient } = await startServerFixture({
    limits: { messageBurst: 1_000, failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 },
  })
  const [first, second] = [newClient(), newClient()]
  const old = first.join('blue-door')
  const { token } = await old.joined()
  await second.join('blue-door', { token }).joined()
  for (let n = 1; n < 20; n++) await errorCodeOf(old.send({ type: 'hangup' }, n))
  expect(await newClient().join('blue-door').joined()).toMatchObject({ seat: 'b' })
})
