import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { InFlightRequests } from '../../../server/http/inFlightRequests.ts'

/** A connection that never reads its responses. */
function createConnection(inFlight: InFlightRequests, remoteAddress: string) {
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    isDestroyed: false,
    destroy() {
      socket.isDestroyed = true
    },
  })
  return {
    socket,
    request: () =>
      inFlight.admit({ socket } as unknown as IncomingMessage, new EventEmitter() as unknown as ServerResponse),
  }
}

test('at the total limit a client that reads nothing loses its connection to a client of another network', () => {
  const inFlight = new InFlightRequests({ requestsInFlightPerConnection: 4, requestsInFlightTotal: 8 })
  const greedy = [1, 2, 3].map((n) => createConnection(inFlight, `2001:db8:1:${n}::1`))
  for (const [n, { request }] of greedy.entries()) for (let count = 0; count < 2 + (n % 2) * 2; count++) request()
  expect(inFlight.total).toBe(8)
  expect(createConnection(inFlight, '2001:db8:2::1').request()).toBe('answered')
  expect(greedy.map(({ socket }) => socket.isDestroyed)).toEqual([false, true, false])
  expect([inFlight.total, greedy[1]!.request()]).toEqual([5, 'dropped'])
})

test('at the total limit a connection of the same network gets overloaded if no other has more requests', () => {
  const inFlight = new InFlightRequests({ requestsInFlightPerConnection: 4, requestsInFlightTotal: 3 })
  for (let n = 0; n < 3; n++) createConnection(inFlight, '192.0.2.1').request()
  expect(createConnection(inFlight, '192.0.2.1').request()).toBe('overloaded')
  expect(createConnection(inFlight, '198.51.100.1').request()).toBe('answered')
})

test('requests above requestsInFlightTotal are overloaded until a response is read or its connection ends', () => {
  const inFlight = new InFlightRequests({ requestsInFlightPerConnection: 4, requestsInFlightTotal: 2 })
  const [first, second, third] = [1, 2, 3].map(() => createConnection(inFlight, '192.0.2.1'))
  const response = new EventEmitter() as ServerResponse
  inFlight.admit({ socket: first!.socket } as unknown as IncomingMessage, response)
  second!.request()
  expect(third!.request()).toBe('overloaded')
  response.emit('close')
  expect([third!.request(), first!.request()]).toEqual(['answered', 'overloaded'])
  second!.socket.emit('close')
  expect([first!.request(), inFlight.total]).toEqual(['answered', 2])
})

test('at the total limit networks with one request each keep their connections', () => {
  const inFlight = new InFlightRequests({ requestsInFlightPerConnection: 4, requestsInFlightTotal: 3 })
  const others = [1, 2, 3].map((n) => createConnection(inFlight, `192.0.2.${n}`))
  for (const { request } of others) request()
  expect(createConnection(inFlight, '198.51.100.1').request()).toBe('overloaded')
  expect(others.some(({ socket }) => socket.isDestroyed)).toBe(false)
})
