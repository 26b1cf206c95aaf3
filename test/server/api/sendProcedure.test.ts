import fc from 'fast-check'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { answer, candidate, newJoinKey, offer } from '../testClient.ts'
import { createConnectionHarness } from '../ws/trpcConnectionHarness.ts'

// `room.send` skips tRPC's generic caller. A request with `jsonrpc` does not, so both must get the same responses.

const room = 'blue-door'

/** Lets one visitor join, sends the messages, and returns the responses without those of the join. */
async function respond(messages: readonly object[], more: object, callTokens: number): Promise<unknown[]> {
  const { connection, responses } = createConnectionHarness({}, callTokens)
  const receive = async (message: object): Promise<void> => {
    connection.receive(Buffer.from(JSON.stringify(message)))
    await nextTurn()
  }
  await receive({ id: 'join', method: 'subscription', params: { path: 'room.join', input: { room, joinKey } } })
  for (const message of messages) await receive({ ...message, ...more })
  connection.close()
  await nextTurn()
  return responses.map((text) => JSON.parse(text) as { id: unknown }).filter(({ id }) => id !== 'join')
}
const joinKey = newJoinKey()

const message = fc.oneof(
  fc.constantFrom<object>(offer('a1.1'), answer('a1.1'), candidate('a1.1', 9), { type: 'hangup' }),
  fc.record(
    { type: fc.constantFrom('offer', 'candidate', 'media', 'x'), connection: fc.constant('a1.1'), sdp: fc.string() },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
)
const input = fc.oneof(
  fc.record({
    room: fc.constantFrom(room, 'Blue Door', 'other-door', '..'),
    seq: fc.oneof(fc.constantFrom(1, 2, 3), fc.jsonValue()),
    message,
  }),
  fc.record(
    { room: fc.constant(room), seq: fc.constant(1), message, more: fc.jsonValue() },
    { requiredKeys: ['room'] },
  ),
  fc.jsonValue(),
)
const request = fc.record(
  {
    id: fc.oneof(fc.nat(99), fc.string({ maxLength: 80 }), fc.jsonValue()),
    method: fc.constantFrom('mutation', 'mutation', 'mutation', 'query', 'subscription.stop'),
    params: fc.oneof(
      { weight: 5, arbitrary: fc.record({ path: fc.constant('room.send'), input }, { requiredKeys: ['path'] }) },
      fc.record({ path: fc.constantFrom('room.send', 'room.leave', 'x'), input, lastEventId: fc.string() }),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: ['method', 'params'] },
)

test('the short way of room.send responds as tRPC does, for valid and invalid requests', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 5 }), fc.integer({ min: 1, max: 6 }), async (requests, tokens) => {
      expect(await respond(requests, {}, tokens)).toEqual(await respond(requests, { jsonrpc: '2.0' }, tokens))
    }),
    { numRuns: 250 },
  )
})

test('messages in order are acknowledged, a gap is rejected, and a duplicate is acknowledged again', async () => {
  const requests = [1, 2, 2, 4].map((seq) => ({
    id: seq,
    method: 'mutation',
    params: { path: 'room.send', input: { room, seq, message: candidate('a1.1', 9) } },
  }))
  const acknowledgement = (id: number): object => ({ id, result: { type: 'data', data: { acked: id } } })
  expect(await respond(requests, {}, 9)).toMatchObject([
    acknowledgement(1),
    acknowledgement(2),
    acknowledgement(2),
    { id: 4, error: { data: { code: 'out-of-order', path: 'room.send' } } },
  ])
})
