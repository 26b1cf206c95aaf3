import { expect, test } from 'vitest'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { codeOf, newKey } from '../people.ts'
import { upgradeStatus, Wire } from '../wire.ts'
import { startWorld } from '../world.ts'

const visit = (id: number, room = 'blue-door'): object =>
  ({ id, method: 'subscription', params: { path: 'room.visit', input: { room, key: newKey() } } })
const ice = (id: number): object => ({ id, method: 'query', params: { path: 'ice.servers' } })
const code = 'error.data.code'

test.each([['/trpc/', 404], ['/', 404], ['/trpcx?', 404], ['/trpc?connectionParams=1', 101], ['/trpc?', 101], ['/trpc', 101]])('at %s an upgrade is answered %i', async (path, status) => {
  const { server } = await startWorld()
  expect(await upgradeStatus(server.url, path, { Origin: server.url })).toBe(status)
})

test.each(['a b', 'x/y', 'user@host', 'host:99999'])('the host %j is none', async (host) => {
  const { server } = await startWorld()
  expect(await upgradeStatus(server.url, '/trpc', { Host: host })).toBe(400)
})

test('a frame above the limit ends its socket, and only that', async () => {
  const { server } = await startWorld()
  const [good, bad] = [await Wire.open(server.url), await Wire.open(server.url)]
  const closed = bad.closed()
  bad.send(JSON.stringify(ice(1)).padEnd(64 * 1024 + 1))
  expect(await closed).toBe(1009)
  good.send(JSON.stringify(ice(1)).padEnd(64 * 1024))
  expect((await good.nextJson()).result).toBeDefined()
  good.socket.terminate()
})

test('of a batch of eleven ten are answered and one is throttled; one of twenty thousand is too large, and nothing of it is done', async () => {
  const { server, person } = await startWorld()
  const wire = await Wire.open(server.url)
  wire.send(JSON.stringify(Array.from({ length: 11 }, (_, id) => ice(id))))
  const answers = await Promise.all(Array.from({ length: 11 }, () => wire.nextJson()))
  expect(answers.filter(({ error }) => error).map(({ id, error }) => [id, error?.data.code])).toEqual([[10, 'throttled']])
  wire.send(`[${Array.from({ length: 19_999 }, () => '0').join()},${JSON.stringify(visit(1))}]`)
  expect(await wire.nextJson()).toMatchObject({ id: null, error: { data: { code: 'too-large' } } })
  expect((await wire.call('query', 'ice.servers')).result).toBeDefined()
  expect(await person().visit('blue-door').joined()).toMatchObject({ epoch: 1 })
  wire.socket.terminate()
})

test.each([['text', false], ['binary', true]])('JSON in a %s frame is answered', async (_, binary) => {
  const { server } = await startWorld()
  const wire = await Wire.open(server.url)
  wire.socket.send(JSON.stringify(ice(1)), { binary })
  expect(await wire.nextJson()).toMatchObject({ id: 1, result: { type: 'data' } })
  wire.socket.terminate()
})

test('the calls of a batch are answered, each for itself', async () => {
  const { server } = await startWorld()
  const wire = await Wire.open(server.url)
  wire.send(JSON.stringify([ice(1), { id: 2, method: 'query', params: { path: 'nothing' } }, { id: 3 }, null, ice(5)]))
  const answers = await Promise.all(Array.from({ length: 5 }, () => wire.nextJson()))
  expect(answers.map(({ id, error }) => [id, error?.data.code]).sort()).toEqual(
    [[null, 'bad-input'], [1, undefined], [2, 'not-found'], [3, 'bad-input'], [5, undefined]])
  wire.socket.terminate()
})

test.each([
  ['no JSON', 'hello'], ['half of it', '{"id":1,"method":'], ['an empty frame', ''], ['an empty list', '[]', null], ['a number', '42'],
  ['null', 'null'], ['deep JSON', '['.repeat(30_000) + ']'.repeat(30_000), 'too-large'], ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'too-large'],
  ['an unknown method', '{"id":1,"method":"shout","params":{}}'], ['no parameters', '{"id":1,"method":"query"}'], ['an id that is an object', '{"id":{},"method":"query","params":{"path":"ice.servers"}}'],
  ['no id', '{"method":"query","params":{"path":"ice.servers"}}'], ['an id of null', '{"id":null,"method":"query","params":{"path":"ice.servers"}}'],
  ['an answer', '{"id":1,"result":{"type":"data"}}'], ['a path that is no string', '{"id":1,"method":"query","params":{"path":7}}'],
  ['binary', Buffer.from([0, 255, 1, 2])], ['a stop of nothing', '{"id":9,"method":"subscription.stop"}', null],
])('a frame with %s is answered, and the socket serves on', async (_, frame, answer: string | null = 'bad-input') => {
  const { server, log } = await startWorld()
  const wire = await Wire.open(server.url)
  wire.send(frame)
  if (answer) expect((await wire.nextJson()).error?.data.code, code).toBe(answer)
  expect((await wire.call('query', 'ice.servers')).result).toBeDefined()
  expect(log.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([])
  wire.socket.terminate()
})

test('who says nothing at first is put out; who said something is asked, and stays as long as they answer', async () => {
  const { server, clock } = await startWorld()
  const [mute, wire] = [await Wire.open(server.url), await Wire.open(server.url)]
  await wire.call('query', 'ice.servers')
  const closed = mute.closed()
  clock.pass(timers.firstMessage)
  expect(await closed).toBe(1006)
  for (let round = 0; round < 3; round++) {
    clock.pass(timers.serverPing)
    expect(await wire.next()).toBe('PING')
    wire.send('PONG')
    expect((await wire.call('query', 'ice.servers')).result).toBeDefined()
  }
  clock.pass(timers.serverPing)
  expect(await wire.next()).toBe('PING')
  const gone = wire.closed()
  clock.pass(timers.serverPatience)
  expect(await gone).toBe(1006)
})

test('a ping is answered', async () => {
  const { server } = await startWorld()
  const wire = await Wire.open(server.url)
  wire.send('PING')
  expect(await wire.next()).toBe('PONG')
  wire.socket.terminate()
})

test('who does not take what they are sent is given up', async () => {
  const { server, clock, log, person, logged } = await startWorld({ limits: { unsentBytes: 100_000, messageBurst: 100_000 } })
  const slow = await Wire.open(server.url)
  slow.send(JSON.stringify(visit(0)))
  await slow.nextJson()
  const ann = person().visit('blue-door')
  await ann.joined()
  slow.socket.pause()
  const sdp = `v=0${'x'.repeat(31_900)}`
  // The kernel's buffers take some of it. Before ten seconds have passed, nobody is asked whether they are there.
  for (let second = 1; second < 10 && !log.some((line) => line.includes('socket.closed')); second++) {
    for (let n = 1; n <= 60; n++) await ann.say({ type: 'offer', connection: 'a1.1', negotiation: n, sdp })
    clock.pass(1_000)
  }
  await logged('socket.closed')
  await ann.hears('ready')
  await ann.hears('peer.away')
  slow.socket.terminate()
})

test('a socket has eight subscriptions, not nine', async () => {
  const { server } = await startWorld()
  const wire = await Wire.open(server.url)
  for (let id = 1; id <= 8; id++) {
    wire.send(JSON.stringify(visit(id, `room-${id}`)))
    expect([(await wire.nextJson()).result?.type, (await wire.nextJson()).result?.type]).toEqual(['started', 'data'])
  }
  wire.send(JSON.stringify(visit(9, 'room-9')))
  expect(await wire.nextJson()).toMatchObject({ id: 9, error: { data: { code: 'too-large' } } })
  wire.send('{"id":1,"method":"subscription.stop"}')
  expect(await wire.nextJson()).toMatchObject({ id: 1, result: { type: 'stopped' } })
  wire.send(JSON.stringify(visit(9, 'room-9')))
  expect(await wire.nextJson()).toMatchObject({ id: 9, result: { type: 'started' } })
  wire.socket.terminate()
})

test('a subscription may not take the number of another', async () => {
  const { server } = await startWorld()
  const wire = await Wire.open(server.url)
  wire.send(JSON.stringify(visit(1)))
  await wire.nextJson()
  await wire.nextJson()
  wire.send(JSON.stringify(visit(1, 'red-door')))
  expect(await wire.nextJson()).toMatchObject({ id: 1, error: { data: { code: 'bad-input' } } })
  wire.socket.terminate()
})

test('sixty calls at once, then ten a second; the rest is throttled and the socket lives', async () => {
  const { server, clock } = await startWorld()
  const wire = await Wire.open(server.url)
  const calls = async (count: number): Promise<number> => {
    let taken = 0
    for (let call = 0; call < count; call++) {
      const { error } = await wire.call('query', 'ice.servers')
      if (!error) taken += 1
      else expect(error.data.code).toBe('throttled')
    }
    return taken
  }
  expect(await calls(70)).toBe(60)
  clock.pass(1_000)
  expect(await calls(20)).toBe(10)
  wire.socket.terminate()
})

test('an address that keeps guessing is throttled, but who has a seat may come back to it', async () => {
  const { person } = await startWorld({ throttle: { failures: 3 } })
  const holder = person()
  const { token, id } = await holder.visit('blue-door').joined()
  for (let guess = 0; guess < 3; guess++) expect(await person().visit('blue-door', { token: newKey() }).refused()).toBe('seat-lost')
  expect(await person().visit('blue-door').refused()).toBe('throttled')
  await holder.vanish()
  expect(await person().visit('blue-door', { token, lastEventId: id }).joined()).toMatchObject({ resumed: true })
})

test('a full room counts as guessing', async () => {
  const { person } = await startWorld({ throttle: { failures: 2 } })
  await person().visit('blue-door').joined()
  await person().visit('blue-door').joined()
  for (let guess = 0; guess < 2; guess++) expect(await person().visit('blue-door').refused()).toBe('full')
  expect(await person().visit('red-door').refused()).toBe('throttled')
})

test('what is not a room name is never a guess', async () => {
  const { person } = await startWorld({ throttle: { failures: 2 }, limits: { messageBurst: 1_000 } })
  const one = person()
  for (let typo = 0; typo < 100; typo++) expect(await one.visit('///').refused()).toBe('bad-room')
  expect(await one.visit('red-door').joined()).toMatchObject({ seat: 'a' })
  expect(await person().visit('red-door').joined()).toMatchObject({ seat: 'b' })
})

test('a socket that was taken over and still speaks does not guess', async () => {
  const { person } = await startWorld({ throttle: { failures: 2 }, limits: { messageBurst: 1_000 } })
  const [first, second] = [person(), person()]
  const old = first.visit('blue-door')
  const { token } = await old.joined()
  await second.visit('blue-door', { token }).joined()
  for (let n = 1; n < 20; n++) await codeOf(old.say({ type: 'bye' }, n))
  expect(await person().visit('blue-door').joined()).toMatchObject({ seat: 'b' })
})
