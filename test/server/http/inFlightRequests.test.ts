import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { InFlightRequests } from '../../../server/http/inFlightRequests.ts'

const newSocket = (): Socket => new EventEmitter() as Socket

test('requests above the total limit are overloaded until a response is read or its connection ends', () => {
  const inFlight = new InFlightRequests()
  const admit = (socket: Socket) => {
    const response = new EventEmitter() as ServerResponse
    return { response, decision: inFlight.admit({ socket } as IncomingMessage, response) }
  }
  const first = newSocket()
  const { response } = admit(first)
  admit(first)
  while (inFlight.total < serverLimits.requestsInFlightTotal) expect(admit(newSocket()).decision).toBe('answered')
  expect(admit(newSocket()).decision).toBe('overloaded')
  response.emit('close')
  expect(admit(newSocket()).decision).toBe('answered')
  expect(admit(newSocket()).decision).toBe('overloaded')
  first.emit('close')
  expect([admit(newSocket()).decision, inFlight.total]).toEqual(['answered', serverLimits.requestsInFlightTotal])
})
