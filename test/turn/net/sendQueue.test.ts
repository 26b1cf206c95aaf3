import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Backlog } from '../../../turn/net/backlog.ts'
import { SendQueue } from '../../../turn/net/sendQueue.ts'

/** A socket with a full buffer until `resume`. */
class StalledSocket extends EventEmitter {
  writableNeedDrain = true
  destroyed = false
  readonly written: string[] = []
  write(packet: Uint8Array): boolean {
    this.written.push(Buffer.from(packet).toString())
    return !this.writableNeedDrain
  }
  resume(): void {
    this.writableNeedDrain = false
    this.emit('drain')
  }
}

function createQueue(backlog = new Backlog()) {
  const socket = new StalledSocket()
  let dropped = 0
  return { socket, queue: new SendQueue(socket as unknown as Socket, backlog, () => dropped++), dropped: () => dropped }
}

test('a packet is written at once while the socket is writable', () => {
  const { socket, queue } = createQueue()
  socket.resume()
  queue.send(Buffer.from('one'))
  expect(socket.written).toEqual(['one'])
})

test('queued packets are sent in order', () => {
  const { socket, queue, dropped } = createQueue()
  for (const word of ['one', 'two', 'three']) queue.send(Buffer.from(word))
  expect(socket.written).toEqual([])
  socket.resume()
  expect([socket.written, dropped()]).toEqual([['one', 'two', 'three'], 0])
})

test('a full queue keeps the newest 256 KiB', () => {
  const { socket, queue, dropped } = createQueue()
  for (let i = 0; i < 300; i++) queue.send(Buffer.from(`${i}`.padEnd(1024)))
  socket.resume()
  // Each packet counts as 1024 bytes plus 256 bytes of overhead.
  const kept = Math.floor((256 * 1024) / (1024 + 256))
  expect([dropped(), socket.written.length, socket.written[0]!.trim(), socket.written.at(-1)!.trim()]).toEqual([
    300 - kept,
    kept,
    `${300 - kept}`,
    '299',
  ])
})

test('packets older than one second are dropped', () => {
  const { socket, queue, dropped } = createQueue()
  const now = performance.now()
  queue.send(Buffer.from('old'), now - 1000)
  queue.send(Buffer.from('new'), now - 1)
  socket.resume()
  expect([socket.written, dropped()]).toEqual([['new'], 1])
})

test('a slow reader gets packets as it drains', () => {
  const { socket, queue } = createQueue()
  for (const word of ['one', 'two']) queue.send(Buffer.from(word))
  socket.emit('drain')
  expect(socket.written).toEqual(['one'])
})

test('closing the socket removes its packets from the backlog', () => {
  const backlog = new Backlog()
  const { socket, queue } = createQueue(backlog)
  queue.send(Buffer.from('one'))
  expect(backlog.bytes).toBeGreaterThan(3)
  socket.destroyed = true
  socket.emit('close')
  queue.send(Buffer.from('two'))
  expect(backlog.bytes).toBe(0)
})

test('all queues together stay within the backlog limit', () => {
  const backlog = new Backlog(100_000)
  const boxes = Array.from({ length: 10 }, () => createQueue(backlog))
  for (let i = 0; i < 1000; i++) for (const { queue } of boxes) queue.send(Buffer.alloc(1000))
  expect(backlog.bytes).toBeLessThan(101_500)
  for (const { dropped } of boxes) expect(dropped()).toBeGreaterThan(900)
})
