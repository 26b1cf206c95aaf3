import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { enforceRequestTimeout } from '../../../server/http/requestTimeout.ts'
import type { Rejection } from '../../../server/net/rejection.ts'
import { connectRaw, readUntilClosed } from '../../faults/rawSocket.ts'
import { ManualClock } from '../manualClock.ts'

test.each([
  ['a partial request gets 408 and is logged', 'GET / HTTP/1.1\r\nHost:', [408]],
  ['no request, like a browser preconnect, gets 408 and is not logged', '', []],
])('a connection with %s', async (_, bytes, logged) => {
  const clock = new ManualClock()
  const noted: Rejection[] = []
  const server = createServer({ headersTimeout: 0, requestTimeout: 0 }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = enforceRequestTimeout(server, 'connection', 5_000, 500, (rejection) => noted.push(rejection), clock)
  const accepted = once(server, 'connection')
  const socket = await connectRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [held] = (await accepted) as [typeof socket]
  socket.write(bytes)
  await expect.poll(() => held.bytesRead).toBe(bytes.length)
  const response = readUntilClosed(socket)
  clock.advance(5_000)
  expect(await response).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(noted.map(({ status }) => status)).toEqual(logged)
  stop()
  server.close()
})

test('a request whose body is missing gets no second response', async () => {
  const clock = new ManualClock()
  const noted: Rejection[] = []
  const server = createServer({ headersTimeout: 0, requestTimeout: 0 }).listen(0, '127.0.0.1')
  const answered = new Promise<void>((resolve) =>
    server.on('request', (_request, response) => void response.once('close', resolve).writeHead(405).end()),
  )
  await once(server, 'listening')
  const stop = enforceRequestTimeout(server, 'connection', 5_000, 500, (rejection) => noted.push(rejection), clock)
  const socket = await connectRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const response = readUntilClosed(socket)
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx')
  await answered
  clock.advance(5_000)
  expect([...(await response).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['405'])
  expect(noted).toEqual([])
  stop()
  server.close()
})
