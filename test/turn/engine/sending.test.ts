import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { BatchSockets } from '../../../turn/engine/batchSockets.ts'
import { maxMessages, sendSlots } from '../../../turn/engine/layout.ts'
import { OpenDescriptors } from '../../../turn/engine/openDescriptors.ts'
import { BinaryAddress } from '../../../turn/engine/binaryAddress.ts'
import { linux } from '../../../turn/engine/systemCalls.ts'
import { createRuntime, silentLog } from '../net/createRuntime.ts'
import { FakeKernel } from './fakeKernel.ts'

/** Sending, with a fake kernel. */

function open() {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) }
  const [kernel, runtime] = [new FakeKernel(), createRuntime(log)]
  const sockets = new BatchSockets(kernel, runtime, new OpenDescriptors(OpenDescriptors.createBuffer()))
  const socket = sockets.open('198.51.100.1', 3478, { recvBufferBytes: 1 << 20, onDatagrams() {} })
  const send = (text: string, port = 5): void =>
    sockets.send(socket, Buffer.from(text), 0, text.length, new BinaryAddress('192.0.2.1', port))
  const texts = (): string[] => kernel.sent.map(({ data }) => String(data))
  return { kernel, counters: runtime.state.counters, backlog: runtime.backlog, sockets, socket, send, texts, warnings }
}

test.each(['ECONNREFUSED', 'EMSGSIZE', 'EPERM', 'ENETUNREACH', 'ENOBUFS', 'EINVAL'] as const)(
  'a packet that the kernel rejects with %s is counted, and the others are sent',
  (code) => {
    const { kernel, counters, sockets, send, texts, warnings } = open()
    kernel.sendErrno = ({ data }) => (String(data).startsWith('bad') ? constants.errno[code] : 0)
    for (const text of ['bad first', 'one', 'bad', 'bad again', 'two', 'bad last']) send(text)
    sockets.flush()
    expect([texts(), counters.dropped, counters.sendQueueDropped, warnings]).toEqual([
      ['one', 'two'],
      4,
      0,
      ['UDP packet not sent'],
    ])
  },
)

test('packets for a full buffer wait, and leave in order when it has space', () => {
  const { kernel, backlog, sockets, send, texts } = open()
  let space = 2
  kernel.sendErrno = () => (space-- > 0 ? 0 : constants.errno.EAGAIN)
  for (const text of ['a', 'b', 'c', 'd', 'e']) send(text)
  sockets.flush()
  expect(texts()).toEqual(['a', 'b'])
  send('f')
  space = 2
  sockets.turn(0)
  expect(texts()).toEqual(['a', 'b', 'c', 'd'])
  space = 100
  sockets.turn(0)
  expect([texts(), backlog.bytes, sockets.turn(0)]).toEqual([['a', 'b', 'c', 'd', 'e', 'f'], 0, 0])
})

test('the queue of a full buffer is bounded and counted, and a flooded destination loses only its own packets', () => {
  const { kernel, counters, backlog, sockets, send, texts } = open()
  kernel.sendErrno = () => constants.errno.EAGAIN
  send('to another', 6)
  for (let i = 0; i < 2000; i++) send(`${i}`.padEnd(1000))
  sockets.flush()
  expect(backlog.bytes).toBeLessThanOrEqual(256 * 1024)
  expect(counters.sendQueueDropped).toBeGreaterThan(1500)
  kernel.sendErrno = () => 0
  sockets.turn(0)
  expect([texts().includes('to another'), texts().length + counters.sendQueueDropped]).toEqual([true, 2001])
})

test('a closed socket drops its queue', () => {
  const { kernel, backlog, sockets, socket, send, texts } = open()
  kernel.sendErrno = () => constants.errno.EAGAIN
  send('never sent')
  sockets.flush()
  sockets.close(socket)
  sockets.close(socket)
  kernel.sendErrno = () => 0
  send('after close')
  sockets.turn(0)
  expect([texts(), backlog.bytes, kernel.bound]).toEqual([[], 0, []])
})

test('more packets than slots and messages are sent in order', () => {
  const { sockets, send, texts } = open()
  const all = Array.from({ length: 2 * maxMessages + sendSlots + 1 }, (_, i) => `${i}`)
  for (const text of all) send(text)
  sockets.flush()
  expect(texts()).toEqual(all)
})

test('more messages of the arena than fit in one flush are sent in order', () => {
  const { sockets, socket, texts } = open()
  const all = Array.from({ length: maxMessages + 1 }, (_, i) => `${i}`.padStart(4, '0'))
  const at = sockets.arena.storePacket(0, Buffer.from(all.join('')), 0, 4 * all.length)
  const to = new BinaryAddress('192.0.2.1', 5)
  for (const i of all.keys()) sockets.sendFromArena(socket, at + 4 * i, 4, to)
  sockets.flush()
  expect(texts()).toEqual(all)
})

test('only a packet with DONT-FRAGMENT has DF, in both families', () => {
  const { kernel, sockets, socket, send } = open()
  const socket6 = sockets.open('2001:db8::1', 3478, { recvBufferBytes: 1 << 20, onDatagrams() {} })
  send('before')
  sockets.sendWhole(socket, Buffer.from('whole'), new BinaryAddress('192.0.2.1', 5))
  sockets.sendWhole(socket6, Buffer.from('whole6'), new BinaryAddress('2001:db8::2', 5))
  send('after')
  sockets.flush()
  expect(kernel.sent.map(({ data, isWhole }) => [String(data), isWhole])).toEqual([
    ['before', false],
    ['whole', true],
    ['whole6', true],
    ['after', false],
  ])
})

test('the receive buffer of a listener holds about 10 ms, and an IPv6 socket receives no IPv4', () => {
  const { kernel, sockets } = open()
  sockets.open('2001:db8::1', 3478, { recvBufferBytes: 1 << 20, onDatagrams() {} })
  expect(kernel.setOptions).toContainEqual([linux.SOL_SOCKET, linux.SO_RCVBUF, 1 << 20])
  expect(kernel.setOptions).toContainEqual([linux.SOL_IPV6, linux.IPV6_V6ONLY, 1])
})

test('a socket that cannot be bound leaves nothing open, and the error has its code', () => {
  const { kernel, sockets } = open()
  kernel.bindErrno = () => constants.errno.EADDRINUSE
  const reopen = () => sockets.open('198.51.100.1', 3479, { recvBufferBytes: 1 << 20, onDatagrams() {} })
  expect(reopen).toThrow(expect.objectContaining({ code: 'EADDRINUSE', syscall: 'bind' }))
  expect(kernel.bound).toHaveLength(1)
})
