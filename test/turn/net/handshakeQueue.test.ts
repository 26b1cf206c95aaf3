import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { NetworkRateLimiter } from '../../../turn/core/hashedRateLimiter.ts'
import { HandshakeQueue } from '../../../turn/net/handshakeQueue.ts'

const createLimiter = (burst: number, perSecond = 0): NetworkRateLimiter =>
  new NetworkRateLimiter(Buffer.from('key'), { burst, perSecond })

/** A TLS record with a handshake message of 100 bytes. */
const clientHello = Buffer.concat([Buffer.of(0x16, 3, 1, 0, 100), Buffer.alloc(100, 1)])

/** A queue, and the addresses of its started handshakes in order. */
function createQueue(burst: number, isExempt?: (ip: string) => boolean) {
  const started: string[] = []
  let rejections = 0
  const queue = new HandshakeQueue(createLimiter(burst), () => void rejections++, isExempt)
  const connect = (ip: string, bytes: Uint8Array = clientHello): Socket => {
    const socket = Object.assign(new PassThrough(), { remoteAddress: ip }) as unknown as Socket
    queue.add(socket, () => started.push(ip))
    if (bytes.length > 0 && !socket.destroyed) socket.write(bytes)
    return socket
  }
  return { queue, started, connect, rejections: () => rejections }
}

const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await nextTurn()
}

test.each([
  ['one IPv4 address', 6, (n: number) => (n % 2 ? '192.0.2.1' : '::ffff:192.0.2.1'), '192.0.2.2'],
  ['one IPv6 /64', 6, (n: number) => `2001:db8:1:1::${n}`, '2001:db8:1:2::1'],
  ['one IPv6 /48, which has twice the limit', 12, (n: number) => `2001:db8:1:${n}::1`, '2001:db8:2::1'],
])('a flood from %s is closed at the limit of %i handshakes; others are not', async (_, limit, address, other) => {
  const { queue, started, connect, rejections } = createQueue(6)
  const sockets = Array.from({ length: 40 }, (_, n) => connect(address(n)))
  await turns(60)
  expect(started).toHaveLength(limit)
  expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(40 - limit)
  expect([rejections(), queue.rejectedCount, queue.hasWaiting]).toEqual([40 - limit, 40 - limit, false])
  connect(other)
  await turns(3)
  expect(started.at(-1)).toBe(other)
})

test('networks take turns, with one handshake in each turn of the event loop', async () => {
  const { queue, started, connect } = createQueue(100)
  for (let n = 0; n < 50; n++) connect('192.0.2.1')
  for (let n = 0; n < 50; n++) connect(`2001:db8:1:${n}::1`)
  for (let n = 0; n < 2; n++) connect('192.0.2.9')
  const before = started.length
  let mostPerTurn = 0
  for (let turn = 0, last = before; turn < 8; turn++, last = started.length) {
    await nextTurn()
    mostPerTurn = Math.max(mostPerTurn, started.length - last)
  }
  expect([mostPerTurn, queue.hasWaiting]).toEqual([1, true])
  expect(started.indexOf('192.0.2.9')).toBeLessThan(3)
  expect(started.lastIndexOf('192.0.2.9')).toBeLessThan(6)
  await turns(110)
  expect([started.length, queue.hasWaiting]).toEqual([102, false])
})

test('a connection without a whole ClientHello takes no token', async () => {
  const { started, connect } = createQueue(1)
  for (const bytes of [Buffer.alloc(0), clientHello.subarray(0, 1), clientHello.subarray(0, 104)])
    for (let n = 0; n < 10; n++) connect('192.0.2.1', bytes)
  await turns(5)
  expect(started).toEqual([])
  connect('192.0.2.1')
  await turns(3)
  expect(started).toEqual(['192.0.2.1'])
})

test('the first bytes stay readable for TLS', async () => {
  const { started, connect } = createQueue(1)
  const socket = connect('192.0.2.1', clientHello.subarray(0, 50))
  await turns(2)
  socket.write(clientHello.subarray(50))
  await turns(3)
  expect(started).toHaveLength(1)
  expect(socket.read()).toEqual(clientHello)
})

test.each([
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a TLS alert', Buffer.of(0x15, 3, 1, 0, 2, 1, 0)],
  ['a record of another protocol', Buffer.of(0x16, 9)],
])('a connection that begins with %s is closed and takes no token', async (_, bytes) => {
  const { started, connect, rejections } = createQueue(1)
  const socket = connect('192.0.2.1', bytes)
  await turns(3)
  expect([socket.destroyed, rejections()]).toEqual([true, 0])
  connect('192.0.2.1')
  await turns(3)
  expect(started).toHaveLength(1)
})

test('a connection that closes while it waits starts no handshake', async () => {
  const { queue, started, connect } = createQueue(10)
  const socket = connect('192.0.2.1')
  connect('192.0.2.2')
  while (!queue.hasWaiting) await new Promise<void>((resolve) => process.nextTick(resolve))
  socket.destroy()
  await turns(4)
  expect(started).toEqual(['192.0.2.2'])
})

test('an exempt address has no limit', async () => {
  const { started, connect } = createQueue(1, (ip) => ip === '192.0.2.1')
  for (let n = 0; n < 20; n++) connect('::ffff:192.0.2.1')
  await turns(3)
  expect(started).toHaveLength(20)
})

test('tokens return at the rate, and a rejected attempt takes none', () => {
  const limiter = createLimiter(10, 2)
  const take = (ip: string, now: number) =>
    Array.from({ length: 30 }, () => limiter.take(ip, now)).filter(Boolean).length
  expect([take('192.0.2.1', 0), take('192.0.2.1', 1000), take('192.0.2.1', 60_000)]).toEqual([10, 2, 10])
  // One /64 floods. Another /64 of its /48 keeps its own burst.
  expect([take('2001:db8:1:1::1', 0), take('2001:db8:1:2::1', 0), take('2001:db8:1:3::1', 0)]).toEqual([10, 10, 0])
  expect([limiter.hasToken('2001:db8:1:3::1', 0), limiter.hasToken('2001:db8:2::1', 0)]).toEqual([false, true])
  expect([take('2001:db8:1:3::1', 1000), take('2001:db8:1:3::1', 1000)]).toEqual([4, 0])
})
