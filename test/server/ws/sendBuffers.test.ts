import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { SendBuffers } from '../../../server/ws/sendBuffers.ts'

const socketWith = (bufferedAmount: number): WebSocket => ({ bufferedAmount }) as WebSocket
const drain = (socket: WebSocket): void => void Object.assign(socket, { bufferedAmount: 0 })
const mebibyte = 1024 * 1024

test('above 8 MiB unsent for one address its largest socket is disconnected', () => {
  const unsent = new SendBuffers(serverLimits)
  const largest = socketWith(mebibyte)
  expect(unsent.record(largest, '192.0.2.1')).toBeUndefined()
  for (let n = 0; n < 14; n++) expect(unsent.record(socketWith(mebibyte / 2), '192.0.2.1')).toBeUndefined()
  expect(unsent.record(socketWith(1), '192.0.2.1')).toBe(largest)
  unsent.remove(largest)
  expect(unsent.record(socketWith(1), '192.0.2.1')).toBeUndefined()
})

test('above 16 MiB unsent in total the largest socket of the largest address is disconnected', () => {
  const unsent = new SendBuffers(serverLimits)
  const [calm, worst] = [socketWith(mebibyte), socketWith(mebibyte)]
  expect(unsent.record(calm, '198.51.100.1')).toBeUndefined()
  expect(unsent.record(worst, '192.0.2.1')).toBeUndefined()
  for (let n = 0; n < 29; n++) unsent.record(socketWith(mebibyte / 2), `192.0.2.${n % 6}`)
  expect(unsent.record(socketWith(1), '198.51.100.2')).toBe(worst)
})

test('flushed bytes do not count', () => {
  const unsent = new SendBuffers(serverLimits)
  const sockets = Array.from({ length: 8 }, () => socketWith(mebibyte))
  for (const socket of sockets) unsent.record(socket, '192.0.2.1')
  for (const socket of sockets) drain(socket)
  expect(unsent.record(socketWith(mebibyte), '192.0.2.1')).toBeUndefined()
})
