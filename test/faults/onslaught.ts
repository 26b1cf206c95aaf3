import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { frameShapes } from '../server/ws/frameShapes.ts'
import { candidate, newKey, offer } from '../server/people.ts'
import { Wire } from '../server/wire.ts'
import { closeCode, frame, openRaw } from './raw.ts'

/** What attackers send over one socket, and how each comes out: the code of the error, or that with which the socket is closed. */
export type Attack = readonly [name: string, outcome: string | number, run: (url: string) => Promise<unknown>]

const subscribe = (id: number, room: string) => ({ id, method: 'subscription', params: { path: 'room.visit', input: { room, key: newKey() } } })
const message = (more: object, room: string) => ({ room, n: 1, message: { ...offer('a1.1'), ...more } })
const line = (host: string) => `candidate:1 1 udp 2122260223 ${host} 5000 typ host`

/** Sends frames and hears the first answer that is a refusal. */
async function refusalOf(url: string, ...frames: (string | Buffer)[]): Promise<unknown> {
  const wire = await Wire.open(url)
  for (const each of frames) wire.send(each)
  const code = await refusal(wire)
  wire.socket.terminate()
  return code
}

async function refusal(wire: Wire): Promise<string> {
  for (;;) {
    const { error } = await wire.nextJson()
    if (error) return error.data.code
  }
}

/** From a seat of one's own, and so past the first lines of defence. */
async function say(url: string, input: (room: string) => unknown): Promise<unknown> {
  const [wire, room] = [await Wire.open(url), `den-${randomUUID()}`]
  wire.send(JSON.stringify(subscribe(1, room)))
  for (let answer = 0; answer < 2; answer++) await wire.next()
  wire.send(JSON.stringify({ id: 2, method: 'mutation', params: { path: 'room.say', input: input(room) } }))
  const code = await refusal(wire)
  wire.socket.terminate()
  return code
}

async function closeOf(url: string, send: (wire: Wire) => void): Promise<number> {
  const wire = await Wire.open(url)
  const closed = wire.closed()
  send(wire)
  return closed
}

async function rawCloseOf(url: string, bytes: Iterable<Buffer>, isOneByOne = false): Promise<unknown> {
  const socket = await openRaw(url)
  const closed = closeCode(socket)
  for (const each of bytes) {
    socket.write(each)
    if (isOneByOne) await nextTurn()
  }
  return closed
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const pollution = '{"id":1,"method":"query","params":{"path":"ice.servers","input":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}}'

export const onslaught: readonly Attack[] = [
  ['a batch of 20 k items', 'too-large', (url) => refusalOf(url, `[${'0,'.repeat(19_999)}0]`)],
  ['20 k subscriptions', 1008, (url) => closeOf(url, (wire) => times(20_000, (id) => wire.send(JSON.stringify(subscribe(id, `many-${id % 20}`)))))],
  ['20 k subscriptions, ten in a frame', 1008, (url) => closeOf(url, (wire) =>
    times(2_000, (n) => wire.send(JSON.stringify(times(10, (id) => subscribe(10 * n + id, `many-${id}`))))))],
  ['a frame of 64 KiB + 1', 1009, (url) => closeOf(url, (wire) => wire.send('x'.repeat(64 * 1024 + 1)))],
  ['a message of 64 KiB + 1 in two fragments', 1009, (url) => rawCloseOf(url, [frame('text', 'x'.repeat(32 * 1024), 0), frame('more', 'x'.repeat(32 * 1024 + 1))])],
  ['thousands of fragments of one byte', 1008, (url) => rawCloseOf(url, [frame('text', '[', 0), ...times(5_000, () => frame('more', '1', 0))])],
  ['fragments of nothing without end', 1008, (url) => rawCloseOf(url, [frame('text', '', 0), ...times(5_000, () => frame('more', '', 0))])],
  ['a frame that comes byte by byte', 1008, (url) => rawCloseOf(url, [frame('text', 'x'.repeat(9_000)).subarray(0, 8), ...times(1_500, () => Buffer.from('x'))], true)],
  ['deep JSON', 'too-large', (url) => refusalOf(url, '['.repeat(30_000) + ']'.repeat(30_000))],
  ['deep objects as an input', 'too-large', (url) => refusalOf(url, `{"id":1,"method":"query","params":{"path":"ice.servers","input":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}}`)],
  ['an SDP of 10 k lines', 'too-large', (url) => say(url, (room) => message({ sdp: `v=0${'\n'.repeat(10_000)}` }, room))],
  ...['evil.example.org', '0.0.0.0', '::', '::ffff:0.0.0.0', 'localhost'].map((host): Attack =>
    [`a candidate with the host ${host}`, 'bad-input', (url) => say(url, (room) => {
      const good = candidate('a1.1', 5000) as { candidate: object }
      return { room, n: 1, message: { ...good, candidate: { ...good.candidate, candidate: line(host) } } }
    })]),
  ...['from', 'seat', 'sender', 'epoch'].map((name): Attack =>
    [`a message that claims another sender (${name})`, 'bad-input', (url) => say(url, (room) => message({ [name]: 'a' }, room))]),
  ['a call that claims another sender', 'bad-input', (url) => say(url, (room) => ({ ...message({}, room), seat: 'a', epoch: 1 }))],
  ['a message that claims another room', 'not-ready', (url) => say(url, () => message({}, 'blue-door'))],
  ['a message that carries a room', 'bad-input', (url) => say(url, (room) => message({ room: 'blue-door' }, room))],
  ['keys that pollute prototypes', 'bad-input', (url) => refusalOf(url, pollution)],
  ['keys that pollute prototypes in a message', 'bad-input', (url) => say(url, (room) =>
    message(JSON.parse('{"constructor":{"prototype":{"polluted":1}},"toString":1}') as object, room))],
  ['invalid UTF-8', 1007, (url) => rawCloseOf(url, [frame('text', Buffer.from([0x22, 0xff, 0xfe, 0x22]))])],
  ['a frame said to be compressed', 1002, (url) => rawCloseOf(url, [frame('text', '{}', 0xc0)])],
  ['a frame without a mask', 1002, (url) => rawCloseOf(url, [Buffer.from([0x81, 2, 0x7b, 0x7d])])],
  ['a frame of a kind that there is not', 1002, (url) => rawCloseOf(url, [Buffer.from([0xff, 0x80, 1, 2, 3, 4])])],
  ['frames that are no calls, without end', 1008, (url) => closeOf(url, (wire) => times(400, () => wire.send('PONG')))],
  ['a binary frame that is not JSON', 'bad-input', (url) => refusalOf(url, Buffer.from([0, 255, 1, 2]))],
  ['a batch of 200 calls', 1008, (url) => closeOf(url, (wire) => wire.send(`[${'0,'.repeat(199)}0]`))],
  ...Object.entries(frameShapes).map(([name, text]): Attack => [`${name}, five times`, 'answered', async (url) => {
    const wire = await Wire.open(url)
    const closed = wire.closed()
    for (let n = 0; n < 5; n++) wire.send(text)
    await Promise.race([wire.next().catch(() => null), closed])
    wire.socket.terminate()
    return 'answered'
  }]),
  ['an unknown procedure', 'not-found', (url) => refusalOf(url, '{"id":1,"method":"query","params":{"path":"room.__proto__"}}')],
  ['wrong types', 'bad-input', (url) => say(url, (room) => ({ room, n: '1', message: [] }))],
  ['an id of 50 KB, to be repeated with every answer', 'bad-input', (url) => refusalOf(url, JSON.stringify({ ...subscribe(1, 'long'), id: 'x'.repeat(50_000) }))],
  ['pings without end', 1008, (url) => rawCloseOf(url, times(1_000, () => frame('ping', 'x'.repeat(100))), true)],
  // By ws, before our own count is full.
  ['pings faster than they can be answered', 'cut', async (url) => await rawCloseOf(url, times(1_000, () => frame('ping', 'x'.repeat(100)))) ?? 'cut'],
]
