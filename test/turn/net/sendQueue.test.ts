import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Backlog } from '../../../turn/net/backlog.ts'
import { Outbox } from '../../../turn/net/sendQueue.ts'

/** A socket whose reader has stopped, until it `reads`. */
class Stuck extends EventEmitter {
  writableNeedDrain = true
  destroyed = false
  readonly written: string[] = []
  write(packet: Uint8Array): boolean {
    this.written.push(Buffer.from(packet).toString())
    return !this.writableNeedDrain
  }
  reads(): void {
    this.writableNeedDrain = false
    this.emit('drain')
  }
}

function outbox(backlog = new Backlog()) {
  const socket = new Stuck()
  let dropped = 0
  return { socket, box: new Outbox(socket as unknown as Socket, backlog, () => dropped++), dropped: () => dropped }
}

test('what comes at once goes at once', () => {
  const { socket, box } = outbox()
  socket.reads()
  box.send(Buffer.from('one'))
  expect(socket.written).toEqual(['one'])
})

test('what waits is sent in its order', () => {
  const { socket, box, dropped } = outbox()
  for (const word of ['one', 'two', 'three']) box.send(Buffer.from(word))
  expect(socket.written).toEqual([])
  socket.reads()
  expect([socket.written, dropped()]).toEqual([['one', 'two', 'three'], 0])
})

test('of what waits no more than 256 KiB are kept: the newest', () => {
  const { socket, box, dropped } = outbox()
  for (let i = 0; i < 300; i++) box.send(Buffer.from(`${i}`.padEnd(1024)))
  socket.reads()
  // Each counts as its 1024 bytes and 256 for its object.
  const kept = Math.floor((256 * 1024) / (1024 + 256))
  expect([dropped(), socket.written.length, socket.written[0]!.trim(), socket.written.at(-1)!.trim()]).toEqual([300 - kept, kept, `${300 - kept}`, '299'])
})

test('what has waited a second is not sent any more', () => {
  const { socket, box, dropped } = outbox()
  const now = performance.now()
  box.send(Buffer.from('old'), now - 1000)
  box.send(Buffer.from('new'), now - 1)
  socket.reads()
  expect([socket.written, dropped()]).toEqual([['new'], 1])
})

test('a reader who takes a little gets a little', () => {
  const { socket, box } = outbox()
  for (const word of ['one', 'two']) box.send(Buffer.from(word))
  socket.emit('drain')
  expect(socket.written).toEqual(['one'])
})

test('a connection that closes gives back what its packets held', () => {
  const backlog = new Backlog()
  const { socket, box } = outbox(backlog)
  box.send(Buffer.from('one'))
  expect(backlog.bytes).toBeGreaterThan(3)
  socket.destroyed = true
  socket.emit('close')
  box.send(Buffer.from('two'))
  expect(backlog.bytes).toBe(0)
})

test('all connections together hold no more than the backlog allows', () => {
  const backlog = new Backlog(100_000)
  const boxes = Array.from({ length: 10 }, () => outbox(backlog))
  for (let i = 0; i < 1000; i++) for (const { box } of boxes) box.send(Buffer.alloc(1000))
  expect(backlog.bytes).toBeLessThan(101_500)
  for (const { dropped } of boxes) expect(dropped()).toBeGreaterThan(900)
})
