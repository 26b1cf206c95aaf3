import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Outbox } from '../../turn/net/outbox.ts'

/** A socket whose reader has stopped, until it `reads`. */
class Stuck extends EventEmitter {
  writableNeedDrain = true
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

function outbox() {
  const socket = new Stuck()
  let dropped = 0
  return { socket, box: new Outbox(socket as unknown as Socket, () => dropped++), dropped: () => dropped }
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
  expect([dropped(), socket.written.length, socket.written[0]!.trim(), socket.written.at(-1)!.trim()]).toEqual([44, 256, '44', '299'])
})

test('what has waited a second is not sent any more', () => {
  const { socket, box, dropped } = outbox()
  const now = Date.now()
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
