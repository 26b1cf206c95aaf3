import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../../machines/protocol/messages.ts'
import { errorMessage } from '../../../server/common/apiError.ts'
import { candidate, newJoinKey, offer, type TestSubscription } from '../testClient.ts'
import { FrameClient } from '../frameClient.ts'
import { openServerFixture, type ServerFixture } from '../serverFixture.ts'

const joinKey = newJoinKey()
const nan = { __proto__: null, toString: 1, constructor: 'x' }
const deep = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 0)
const sdp = (lines: number): string => `v=0${'\n'.repeat(lines)}`
const say = (message: unknown, more: object = {}): unknown => ({ room: 'blue-door', seq: 1, message, ...more })
const withCandidate = (more: object): unknown =>
  say({
    ...candidate('a1.1', 9),
    candidate: { ...(candidate('a1.1', 9) as never as { candidate: object }).candidate, ...more },
  })
const line = (host: string): object => ({ candidate: `candidate:1 1 udp 2122260223 ${host} 5000 typ host` })

/** Inputs that every procedure rejects. */
const nothings: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['a string', 'blue-door'],
  ['a list', []],
  ['a list of lists', deep(1000)],
  ['an empty object', {}],
  ['an object with prototype keys', nan],
]
/** Invalid room names. */
const badRooms: [string, unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['a number', 5],
  ['an object', {}],
  ['empty', ''],
  ['blank', '   '],
  ['a path', '../../etc/passwd'],
  ['only a dash', '-'],
  ['65 letters', 'x'.repeat(65)],
  ['a huge string', 'x'.repeat(50_000)],
  ['control characters', 'a\u0000b'],
  ['a lone surrogate', 'a\ud800b'],
]

type Row = [what: string, method: string, path: string, input: unknown, code: ErrorCode]

const everyProcedure: [string, string, object][] = [
  ['subscription', 'room.join', { joinKey }],
  ['mutation', 'room.send', { seq: 1, message: offer('a1.1') }],
  ['mutation', 'room.reportMedia', { mediaFlow: 'flowing' }],
  ['mutation', 'room.reportFailure', { reason: 'failed' }],
  ['mutation', 'room.leave', {}],
]

const rows: Row[] = [
  ...everyProcedure.flatMap(([method, path, rest]): Row[] => [
    ...nothings.map(([what, input]): Row => [
      what,
      method,
      path,
      input,
      typeof input === 'object' && input && !Array.isArray(input) ? 'invalid-room-name' : 'invalid-input',
    ]),
    ...badRooms.map(([what, room]): Row => [
      `a room name that is ${what}`,
      method,
      path,
      { ...rest, room },
      'invalid-room-name',
    ]),
    ['an unknown key', method, path, { ...rest, room: 'blue-door', admin: true }, 'invalid-input'],
    [
      'the wrong kind of call',
      method === 'mutation' ? 'query' : 'mutation',
      path,
      { ...rest, room: 'blue-door' },
      'not-found',
    ],
  ]),
  ...[undefined, null, 5, '', 'short', 'x'.repeat(129), `${joinKey.slice(1)}!`, {}].flatMap((bad): Row[] => [
    [
      `joinKey ${JSON.stringify(bad)}`,
      'subscription',
      'room.join',
      { room: 'blue-door', joinKey: bad },
      'invalid-input',
    ],
    ...(bad == null
      ? []
      : [
          [
            `token ${JSON.stringify(bad)}`,
            'subscription',
            'room.join',
            { room: 'blue-door', joinKey, token: bad },
            'invalid-input',
          ] as Row,
        ]),
  ]),
  ...['', '1', 'a.b', 'a.-1', 'a.1e3', `${'a'.repeat(17)}.1`, 'a.1234567890123456', 7, {}].map((bad): Row => [
    `position ${JSON.stringify(bad)}`,
    'subscription',
    'room.join',
    { room: 'blue-door', joinKey, lastEventId: bad },
    'invalid-input',
  ]),
  ...[0, -1, 1.5, '1', null, 1e300, 2e9].map((n): Row => [
    `seq ${n}`,
    'mutation',
    'room.send',
    say(offer('a1.1'), { seq: n }),
    n === 1e300 || n === 2e9 ? 'too-large' : 'invalid-input',
  ]),
  ...[
    undefined,
    null,
    'offer',
    5,
    [],
    {},
    { type: 'shout' },
    { type: 'offer' },
    { ...offer('a1.1'), extra: 1 },
    { ...offer('a1.1'), sdp: 5 },
    { ...offer('a1.1'), sdp: 'hello' },
    { ...offer('a1.1'), connection: 'c1.1' },
    { ...offer('a1.1'), negotiation: 0 },
    { type: 'media', microphone: 'yes', camera: true, screen: false },
    { type: 'hangup', why: 'so' },
  ].map((message): Row => [
    `the message ${JSON.stringify(message)?.slice(0, 40)}`,
    'mutation',
    'room.send',
    say(message),
    'invalid-input',
  ]),
  ['a description of 10,000 lines', 'mutation', 'room.send', say({ ...offer('a1.1'), sdp: sdp(10_000) }), 'too-large'],
  ['a description of 1,501 lines', 'mutation', 'room.send', say({ ...offer('a1.1'), sdp: sdp(1_501) }), 'too-large'],
  [
    'a description of 32,001 characters',
    'mutation',
    'room.send',
    say({ ...offer('a1.1'), sdp: `v=0${'x'.repeat(31_998)}` }),
    'too-large',
  ],
  [
    'a candidate of 1,001 characters',
    'mutation',
    'room.send',
    withCandidate({ candidate: `candidate:${'1'.repeat(991)}` }),
    'too-large',
  ],
  ...['evil.example.org', '0.0.0.0', '::', '', 'localhost', '1.2.3.4;rm', '256.1.1.1x'].map((host): Row => [
    `a candidate with the host ${JSON.stringify(host)}`,
    'mutation',
    'room.send',
    withCandidate(line(host)),
    'invalid-input',
  ]),
  ['a candidate with a huge mid', 'mutation', 'room.send', withCandidate({ sdpMid: 'x'.repeat(65) }), 'too-large'],
  ['a candidate with a section of -1', 'mutation', 'room.send', withCandidate({ sdpMLineIndex: -1 }), 'invalid-input'],
  ...[undefined, null, 1, 'maybe', {}].map((mediaFlow): Row => [
    `mediaFlow ${JSON.stringify(mediaFlow)}`,
    'mutation',
    'room.reportMedia',
    { room: 'blue-door', mediaFlow },
    'invalid-input',
  ]),
  ...[undefined, 'local', 1].map((reason): Row => [
    `reason ${JSON.stringify(reason)}`,
    'mutation',
    'room.reportFailure',
    { room: 'blue-door', reason },
    'invalid-input',
  ]),
  ...[1, 'yes', null, {}].map((pageClosing): Row => [
    `pageClosing ${JSON.stringify(pageClosing)}`,
    'mutation',
    'room.leave',
    { room: 'blue-door', pageClosing },
    'invalid-input',
  ]),
  ...nothings.slice(1).map(([what, input]): Row => [what, 'query', 'ice.servers', input, 'invalid-input']),
  ...[
    '',
    'room',
    'room.',
    'room.nothing',
    '__proto__',
    'constructor',
    'toString',
    'room.__proto__',
    'room.join.toString',
    'x'.repeat(10_000),
  ].map((path): Row => [`the path ${path.slice(0, 20)}`, 'query', path, {}, 'not-found']),
]

let fixture: ServerFixture
let ann: TestSubscription
let ben: TestSubscription

/** Two connected visitors. The rejected requests of other sockets must not affect them. */
beforeAll(async () => {
  fixture = await openServerFixture({
    limits: {
      messageBurst: 10_000,
      failedJoinsPerAddressPerMinute: 1_000_000,
      failedJoinsPerSocketPerMinute: 1_000_000,
    },
  })
  ann = fixture.newClient().join('blue-door')
  await ann.joined()
  ben = fixture.newClient().join('blue-door')
  await ben.joined()
  await ben.expectEvent('ready')
  await ann.expectEvent('ready')
})
afterAll(() => fixture.close())

test.each(rows)('%s is rejected by %s %s', async (_, method, path, input, code) => {
  const frameClient = await FrameClient.open(fixture.server.url)
  const { error } = await frameClient.request(method, path, input)
  expect(error?.data).toMatchObject({ code })
  expect(Object.keys(error ?? {}).sort()).toEqual(['code', 'data', 'message'])
  expect(error?.message).toBe(errorMessage(code))
  expect((await frameClient.request('query', 'ice.servers')).result?.data).toMatchObject({ iceServers: [] })
  frameClient.socket.terminate()
})

test('rejected requests change neither the seat nor the sequence number of their sender', async () => {
  const cat = await FrameClient.open(fixture.server.url)
  const visit = { id: 0, method: 'subscription', params: { path: 'room.join', input: { room: 'red-door', joinKey } } }
  cat.send(JSON.stringify(visit))
  expect((await cat.nextJson()).result?.type).toBe('started')
  expect((await cat.nextJson()).result?.type).toBe('data')
  for (const [, method, path, input, code] of rows)
    expect((await cat.request(method, path, input)).error?.data.code).toBe(code)
  expect((await cat.request('mutation', 'room.send', say(offer('a1.1'), { room: 'red-door' }))).result?.data).toEqual({
    acked: 1,
  })
  cat.socket.terminate()
})

test('visitors of a room receive nothing about rejected requests of other sockets', async () => {
  await ann.send({ type: 'hangup' })
  expect(await ben.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
  expect([ann.unread, ben.unread]).toEqual([[], []])
})

test('rejected requests are not logged as warnings or errors', () => {
  expect(fixture.logLines.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([])
})
