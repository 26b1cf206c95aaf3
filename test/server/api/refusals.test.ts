import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Code } from '../../../machines/protocol/messages.ts'
import { textOf } from '../../../server/common/apiError.ts'
import { candidate, newKey, offer, type Visit } from '../people.ts'
import { Wire } from '../wire.ts'
import { openWorld, type World } from '../world.ts'

const key = newKey()
const nan = { __proto__: null, toString: 1, constructor: 'x' }
const deep = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 0)
const sdp = (lines: number): string => `v=0${'\n'.repeat(lines)}`
const say = (message: unknown, more: object = {}): unknown => ({ room: 'blue-door', n: 1, message, ...more })
const withCandidate = (more: object): unknown => say({ ...candidate('a1.1', 9), candidate: { ...(candidate('a1.1', 9) as never as { candidate: object }).candidate, ...more } })
const line = (host: string): object => ({ candidate: `candidate:1 1 udp 2122260223 ${host} 5000 typ host` })

/** Inputs that no procedure takes, whatever its form. */
const nothings: [string, unknown][] = [
  ['nothing', undefined], ['null', null], ['a number', 7], ['a string', 'blue-door'], ['a list', []], ['a list of lists', deep(1000)],
  ['an empty object', {}], ['strange keys', nan],
]
/** Names that are none. */
const badRooms: [string, unknown][] = [
  ['missing', undefined], ['null', null], ['a number', 5], ['an object', {}], ['empty', ''], ['blank', '   '], ['a path', '../../etc/passwd'],
  ['only a dash', '-'], ['65 letters', 'x'.repeat(65)], ['a huge string', 'x'.repeat(50_000)], ['control characters', 'a\u0000b'], ['a lone surrogate', 'a\ud800b'],
]

type Row = [what: string, method: string, path: string, input: unknown, code: Code]

const everyProcedure: [string, string, object][] = [
  ['subscription', 'room.visit', { key }],
  ['mutation', 'room.say', { n: 1, message: offer('a1.1') }],
  ['mutation', 'room.report', { media: 'flowing' }],
  ['mutation', 'room.leave', {}],
]

const rows: Row[] = [
  ...everyProcedure.flatMap(([method, path, rest]): Row[] => [
    ...nothings.map(([what, input]): Row => [what, method, path, input, typeof input === 'object' && input && !Array.isArray(input) ? 'bad-room' : 'bad-input']),
    ...badRooms.map(([what, room]): Row => [`a room that is ${what}`, method, path, { ...rest, room }, 'bad-room']),
    ['one key too many', method, path, { ...rest, room: 'blue-door', admin: true }, 'bad-input'],
    ['the wrong kind of call', method === 'mutation' ? 'query' : 'mutation', path, { ...rest, room: 'blue-door' }, 'not-found'],
  ]),
  ...[undefined, null, 5, '', 'short', 'x'.repeat(129), `${key.slice(1)}!`, {}].flatMap((bad): Row[] => [
    [`key ${JSON.stringify(bad)}`, 'subscription', 'room.visit', { room: 'blue-door', key: bad }, 'bad-input'],
    ...(bad == null ? [] : [[`token ${JSON.stringify(bad)}`, 'subscription', 'room.visit', { room: 'blue-door', key, token: bad }, 'bad-input'] as Row]),
  ]),
  ...['', '1', 'a.b', 'a.-1', 'a.1e3', `${'a'.repeat(17)}.1`, 'a.1234567890123456', 7, {}].map((bad): Row =>
    [`position ${JSON.stringify(bad)}`, 'subscription', 'room.visit', { room: 'blue-door', key, lastEventId: bad }, 'bad-input']),
  ...[0, -1, 1.5, '1', null, 1e300, 2e9].map((n): Row => [`n ${n}`, 'mutation', 'room.say', say(offer('a1.1'), { n }), n === 1e300 || n === 2e9 ? 'too-large' : 'bad-input']),
  ...[undefined, null, 'offer', 5, [], {}, { type: 'shout' }, { type: 'offer' }, { ...offer('a1.1'), extra: 1 }, { ...offer('a1.1'), sdp: 5 },
    { ...offer('a1.1'), sdp: 'hello' }, { ...offer('a1.1'), connection: 'c1.1' }, { ...offer('a1.1'), negotiation: 0 },
    { type: 'media', microphone: 'yes', camera: true, screen: false }, { type: 'bye', why: 'so' },
  ].map((message): Row => [`the message ${JSON.stringify(message)?.slice(0, 40)}`, 'mutation', 'room.say', say(message), 'bad-input']),
  ['a description of 10,000 lines', 'mutation', 'room.say', say({ ...offer('a1.1'), sdp: sdp(10_000) }), 'too-large'],
  ['a description of 1,501 lines', 'mutation', 'room.say', say({ ...offer('a1.1'), sdp: sdp(1_501) }), 'too-large'],
  ['a description of 32,001 characters', 'mutation', 'room.say', say({ ...offer('a1.1'), sdp: `v=0${'x'.repeat(31_998)}` }), 'too-large'],
  ['a candidate of 1,001 characters', 'mutation', 'room.say', withCandidate({ candidate: `candidate:${'1'.repeat(991)}` }), 'too-large'],
  ...['evil.example.org', '0.0.0.0', '::', '', 'localhost', '1.2.3.4;rm', '256.1.1.1x'].map((host): Row =>
    [`a candidate with the host ${JSON.stringify(host)}`, 'mutation', 'room.say', withCandidate(line(host)), 'bad-input']),
  ['a candidate with a huge mid', 'mutation', 'room.say', withCandidate({ sdpMid: 'x'.repeat(65) }), 'too-large'],
  ['a candidate with a section of -1', 'mutation', 'room.say', withCandidate({ sdpMLineIndex: -1 }), 'bad-input'],
  ...[undefined, null, 1, 'maybe', {}].map((media): Row => [`media ${JSON.stringify(media)}`, 'mutation', 'room.report', { room: 'blue-door', media }, 'bad-input']),
  ...[1, 'yes', null, {}].map((mayReturn): Row => [`mayReturn ${JSON.stringify(mayReturn)}`, 'mutation', 'room.leave', { room: 'blue-door', mayReturn }, 'bad-input']),
  ...nothings.slice(1).map(([what, input]): Row => [what, 'query', 'ice.servers', input, 'bad-input']),
  ...['', 'room', 'room.', 'room.nothing', '__proto__', 'constructor', 'toString', 'room.__proto__', 'room.visit.toString', 'x'.repeat(10_000)].map((path): Row =>
    [`the path ${path.slice(0, 20)}`, 'query', path, {}, 'not-found']),
]

let world: World
let ann: Visit
let ben: Visit

/** Two who are not to notice anything. */
beforeAll(async () => {
  world = await openWorld({ throttle: { failures: 1_000_000 }, limits: { messageBurst: 10_000 } })
  ann = world.person().visit('blue-door')
  await ann.joined()
  ben = world.person().visit('blue-door')
  await ben.joined()
  await ben.hears('ready')
  await ann.hears('ready')
})
afterAll(() => world.end())

test.each(rows)('%s: %s %s', async (_, method, path, input, code) => {
  const wire = await Wire.open(world.server.url)
  const { error } = await wire.call(method, path, input)
  expect(error?.data).toMatchObject({ code })
  expect(Object.keys(error ?? {}).sort()).toEqual(['code', 'data', 'message'])
  expect(error?.message).toBe(textOf(code))
  expect((await wire.call('query', 'ice.servers')).result?.data).toMatchObject({ iceServers: [] })
  wire.socket.terminate()
})

test('who has a seat keeps it and their numbers, whatever they send', async () => {
  const cat = await Wire.open(world.server.url)
  const visit = { id: 0, method: 'subscription', params: { path: 'room.visit', input: { room: 'red-door', key } } }
  cat.send(JSON.stringify(visit))
  expect((await cat.nextJson()).result?.type).toBe('started')
  expect((await cat.nextJson()).result?.type).toBe('data')
  for (const [, method, path, input, code] of rows) expect((await cat.call(method, path, input)).error?.data.code).toBe(code)
  expect((await cat.call('mutation', 'room.say', say(offer('a1.1'), { room: 'red-door' }))).result?.data).toEqual({ said: 1 })
  cat.socket.terminate()
})

test('the two in the room noticed nothing of all that', async () => {
  await ann.say({ type: 'bye' })
  expect(await ben.hears('message')).toMatchObject({ message: { type: 'bye' } })
  expect([ann.unread, ben.unread]).toEqual([[], []])
})

test('nothing of it was a fault of ours', () => {
  expect(world.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([])
})
