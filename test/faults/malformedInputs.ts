import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { worstCaseFrames } from '../server/ws/worstCaseFrames.ts'
import { candidate, newJoinKey, offer } from '../server/testClient.ts'
import { FrameClient } from '../server/frameClient.ts'
import { readCloseCode, encodeFrame, openRawWebSocket } from './rawSocket.ts'

/** Attacks over one socket, each with its outcome: the error code or the close code. */
export type MalformedInput = readonly [name: string, outcome: string | number, run: (url: string) => Promise<unknown>]

const createSubscription = (id: number, room: string) => ({
  id,
  method: 'subscription',
  params: { path: 'room.join', input: { room, joinKey: newJoinKey() } },
})
const createMessageInput = (more: object, room: string) => ({ room, seq: 1, message: { ...offer('a1.1'), ...more } })
const candidateLine = (host: string) => `candidate:1 1 udp 2122260223 ${host} 5000 typ host`

/** Sends frames and returns the code of the first error response. */
async function sendAndReadError(url: string, ...frames: (string | Buffer)[]): Promise<unknown> {
  const wire = await FrameClient.open(url)
  for (const each of frames) wire.send(each)
  const code = await readErrorCode(wire)
  wire.socket.terminate()
  return code
}

async function readErrorCode(wire: FrameClient): Promise<string> {
  for (;;) {
    const { error } = await wire.nextJson()
    if (error) return error.data.code
  }
}

/** Sends a message from a valid seat, past the join checks. */
async function sendMessageAndReadError(url: string, input: (room: string) => unknown): Promise<unknown> {
  const [wire, room] = [await FrameClient.open(url), `den-${randomUUID()}`]
  wire.send(JSON.stringify(createSubscription(1, room)))
  for (let answer = 0; answer < 2; answer++) await wire.next()
  wire.send(JSON.stringify({ id: 2, method: 'mutation', params: { path: 'room.send', input: input(room) } }))
  const code = await readErrorCode(wire)
  wire.socket.terminate()
  return code
}

async function sendAndReadCloseCode(url: string, send: (wire: FrameClient) => void): Promise<number> {
  const wire = await FrameClient.open(url)
  const closed = wire.waitForClose()
  send(wire)
  return closed
}

async function sendRawAndReadCloseCode(url: string, bytes: Iterable<Buffer>, isOneByOne = false): Promise<unknown> {
  const socket = await openRawWebSocket(url)
  const closed = readCloseCode(socket)
  for (const each of bytes) {
    socket.write(each)
    if (isOneByOne) await nextTurn()
  }
  return closed
}

const repeat = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const pollutingFrame =
  '{"id":1,"method":"query","params":{"path":"ice.servers","input":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}}'

/** All attacks, by name. */
export const malformedInputs: readonly MalformedInput[] = [
  ['a batch of 20 k items', 'too-large', (url) => sendAndReadError(url, `[${'0,'.repeat(19_999)}0]`)],
  [
    '20 k subscriptions',
    1008,
    (url) =>
      sendAndReadCloseCode(url, (wire) =>
        repeat(20_000, (id) => wire.send(JSON.stringify(createSubscription(id, `many-${id % 20}`)))),
      ),
  ],
  [
    '20 k subscriptions, ten in a frame',
    1008,
    (url) =>
      sendAndReadCloseCode(url, (wire) =>
        repeat(2_000, (n) =>
          wire.send(JSON.stringify(repeat(10, (id) => createSubscription(10 * n + id, `many-${id}`)))),
        ),
      ),
  ],
  ['a frame of 64 KiB + 1', 1009, (url) => sendAndReadCloseCode(url, (wire) => wire.send('x'.repeat(64 * 1024 + 1)))],
  [
    'a message of 64 KiB + 1 in two fragments',
    1009,
    (url) =>
      sendRawAndReadCloseCode(url, [
        encodeFrame('text', 'x'.repeat(32 * 1024), 0),
        encodeFrame('more', 'x'.repeat(32 * 1024 + 1)),
      ]),
  ],
  [
    'thousands of one-byte fragments',
    1008,
    (url) =>
      sendRawAndReadCloseCode(url, [encodeFrame('text', '[', 0), ...repeat(5_000, () => encodeFrame('more', '1', 0))]),
  ],
  [
    'endless empty fragments',
    1008,
    (url) =>
      sendRawAndReadCloseCode(url, [encodeFrame('text', '', 0), ...repeat(5_000, () => encodeFrame('more', '', 0))]),
  ],
  [
    'a frame sent byte by byte',
    1008,
    (url) =>
      sendRawAndReadCloseCode(
        url,
        [encodeFrame('text', 'x'.repeat(9_000)).subarray(0, 8), ...repeat(1_500, () => Buffer.from('x'))],
        true,
      ),
  ],
  ['deep JSON', 'too-large', (url) => sendAndReadError(url, '['.repeat(30_000) + ']'.repeat(30_000))],
  [
    'deep objects as input',
    'too-large',
    (url) =>
      sendAndReadError(
        url,
        `{"id":1,"method":"query","params":{"path":"ice.servers","input":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}}`,
      ),
  ],
  [
    'an SDP of 10 k lines',
    'too-large',
    (url) => sendMessageAndReadError(url, (room) => createMessageInput({ sdp: `v=0${'\n'.repeat(10_000)}` }, room)),
  ],
  ...['evil.example.org', '0.0.0.0', '::', '::ffff:0.0.0.0', 'localhost'].map((host): MalformedInput => [
    `a candidate with the host ${host}`,
    'invalid-input',
    (url) =>
      sendMessageAndReadError(url, (room) => {
        const good = candidate('a1.1', 5000) as { candidate: object }
        return { room, seq: 1, message: { ...good, candidate: { ...good.candidate, candidate: candidateLine(host) } } }
      }),
  ]),
  ...['from', 'seat', 'sender', 'epoch'].map((name): MalformedInput => [
    `a message that claims another sender (${name})`,
    'invalid-input',
    (url) => sendMessageAndReadError(url, (room) => createMessageInput({ [name]: 'a' }, room)),
  ]),
  [
    'a call that claims another sender',
    'invalid-input',
    (url) => sendMessageAndReadError(url, (room) => ({ ...createMessageInput({}, room), seat: 'a', epoch: 1 })),
  ],
  [
    'a message for another room',
    'not-joined',
    (url) => sendMessageAndReadError(url, () => createMessageInput({}, 'blue-door')),
  ],
  [
    'a message with a room field',
    'invalid-input',
    (url) => sendMessageAndReadError(url, (room) => createMessageInput({ room: 'blue-door' }, room)),
  ],
  ['keys that pollute prototypes', 'invalid-input', (url) => sendAndReadError(url, pollutingFrame)],
  [
    'keys that pollute prototypes in a message',
    'invalid-input',
    (url) =>
      sendMessageAndReadError(url, (room) =>
        createMessageInput(JSON.parse('{"constructor":{"prototype":{"polluted":1}},"toString":1}') as object, room),
      ),
  ],
  [
    'invalid UTF-8',
    1007,
    (url) => sendRawAndReadCloseCode(url, [encodeFrame('text', Buffer.from([0x22, 0xff, 0xfe, 0x22]))]),
  ],
  ['a frame marked as compressed', 1002, (url) => sendRawAndReadCloseCode(url, [encodeFrame('text', '{}', 0xc0)])],
  ['a frame without a mask', 1002, (url) => sendRawAndReadCloseCode(url, [Buffer.from([0x81, 2, 0x7b, 0x7d])])],
  [
    'a frame with an unknown opcode',
    1002,
    (url) => sendRawAndReadCloseCode(url, [Buffer.from([0xff, 0x80, 1, 2, 3, 4])]),
  ],
  [
    'endless frames that are not calls',
    1008,
    (url) => sendAndReadCloseCode(url, (wire) => repeat(400, () => wire.send('PONG'))),
  ],
  ['a binary frame that is not JSON', 'invalid-input', (url) => sendAndReadError(url, Buffer.from([0, 255, 1, 2]))],
  ['a batch of 200 calls', 1008, (url) => sendAndReadCloseCode(url, (wire) => wire.send(`[${'0,'.repeat(199)}0]`))],
  ...Object.entries(worstCaseFrames).map(([name, text]): MalformedInput => [
    `${name}, five times`,
    'answered',
    async (url) => {
      const wire = await FrameClient.open(url)
      const closed = wire.waitForClose()
      for (let n = 0; n < 5; n++) wire.send(text)
      await Promise.race([wire.next().catch(() => null), closed])
      wire.socket.terminate()
      return 'answered'
    },
  ]),
  [
    'an unknown procedure',
    'not-found',
    (url) => sendAndReadError(url, '{"id":1,"method":"query","params":{"path":"room.__proto__"}}'),
  ],
  ['wrong types', 'invalid-input', (url) => sendMessageAndReadError(url, (room) => ({ room, seq: '1', message: [] }))],
  [
    'an id of 50 KB, which every answer would repeat',
    'invalid-input',
    (url) => sendAndReadError(url, JSON.stringify({ ...createSubscription(1, 'long'), id: 'x'.repeat(50_000) })),
  ],
  [
    'endless pings',
    1008,
    (url) =>
      sendRawAndReadCloseCode(
        url,
        repeat(1_000, () => encodeFrame('ping', 'x'.repeat(100))),
        true,
      ),
  ],
  // `ws` closes the socket before the server's own limit applies.
  [
    'pings faster than they can be answered',
    'cut',
    async (url) =>
      (await sendRawAndReadCloseCode(
        url,
        repeat(1_000, () => encodeFrame('ping', 'x'.repeat(100))),
      )) ?? 'cut',
  ],
]
