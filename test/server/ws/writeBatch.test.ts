import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { TokenBucket } from '../../../server/limits/tokenBucket.ts'
import { ClientSession } from '../../../server/api/clientSession.ts'
import { TrpcConnection } from '../../../server/ws/trpcConnection.ts'
import { WriteBatch } from '../../../server/ws/writeBatch.ts'
import { createTestDependencies, roomyOptions } from './trpcConnectionHarness.ts'

// Writes of one turn of the event loop are corked.

/** A connection over a stream that counts its system calls. `isBlocked`: the stream accepts no bytes. */
function openConnection({ isBlocked = false } = {}) {
  const writes: string[][] = []
  const stream = new PassThrough({
    decodeStrings: false,
    write(chunk: string, _, done) {
      writes.push([chunk])
      if (!isBlocked) done()
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => chunk as string))
      if (!isBlocked) done()
    },
  })
  const socket = {
    OPEN: 1,
    readyState: 1,
    close: () => void (socket.readyState = 2),
    get bufferedAmount() {
      return stream.writableLength
    },
    send: (text: string) => void stream.write(text),
  }
  const bucket = new TokenBucket(1e9, 0, 0)
  const session = new ClientSession({
    serverHost: 'duet.example',
    address: '192.0.2.1',
    callBudget: bucket,
    frameBudget: bucket,
    nowMs: 0,
  })
  const onBuffered = vi.fn()
  const connection = new TrpcConnection(
    socket as unknown as WebSocket,
    stream,
    { session, dependencies: createTestDependencies() },
    { ...roomyOptions, onCorked: new WriteBatch().add, onBuffered },
  )
  return { connection, socket, writes, onBuffered }
}

const ping = Buffer.from('PING')

test('the frames of one turn are written together, and those of the next turn again', async () => {
  const { connection, writes, onBuffered } = openConnection()
  for (let turn = 1; turn <= 2; turn++) {
    for (let frame = 0; frame < 5; frame++) connection.receive(ping)
    expect(writes).toHaveLength(turn - 1)
    await nextTurn()
    expect(writes).toEqual(Array.from({ length: turn }, () => Array(5).fill('\x81\x04PONG')))
  }
  expect(onBuffered).not.toHaveBeenCalled()
})

test('bytes that the kernel does not accept are reported once for each turn', async () => {
  const { connection, onBuffered } = openConnection({ isBlocked: true })
  for (let frame = 0; frame < 5; frame++) connection.receive(ping)
  await nextTurn()
  expect(onBuffered).toHaveBeenCalledTimes(1)
})

test('more than 16 KiB are written at once', () => {
  const { connection, writes } = openConnection()
  for (let frame = 0; frame < 4_000; frame++) connection.receive(ping)
  expect(writes).toHaveLength(1)
  expect(writes.flat().join('')).toHaveLength(16 * 1024 + 2)
})

test('nothing is written after a close frame', async () => {
  const { connection, socket, writes } = openConnection()
  connection.receive(ping)
  socket.close()
  connection.receive(ping)
  connection.receive(Buffer.from('no call'))
  await nextTurn()
  expect(writes.flat()).toEqual(['\x81\x04PONG'])
})
