import { createTRPCClient } from '@trpc/client'
import { expect, test } from 'vitest'
import { ImmediateTrpcLink } from '../../../client/signaling/immediateTrpcLink.ts'
import { parseErrorCode } from '../../../client/signaling/trpcSocket.ts'
import type { AppRouter } from '../../../server/api/router.ts'

function createLink() {
  const sent: { id: number; method: string; params: { path: string } }[] = []
  const link = new ImmediateTrpcLink((frame) => sent.push(JSON.parse(frame)))
  return { sent, calls: link, client: createTRPCClient<AppRouter>({ links: [link.trpcLink] }) }
}

const answer = (id: number, rest: object): string => JSON.stringify({ id, ...rest })
const entry = { room: 'here', joinKey: 'k'.repeat(43) }

test('each call is sent synchronously in its own frame', () => {
  const { sent, calls, client } = createLink()
  calls.open()

  void client.ice.servers.query()
  void client.room.leave.mutate({ room: 'here' })

  expect(sent.map(({ method, params }) => [method, params.path])).toEqual([
    ['query', 'ice.servers'],
    ['mutation', 'room.leave'],
  ])
})

test('calls before the open are sent in order when the socket opens', () => {
  const { sent, calls, client } = createLink()
  void client.ice.servers.query()
  void client.room.leave.mutate({ room: 'here' })
  expect(sent).toEqual([])

  calls.open()

  expect(sent.map(({ params }) => params.path)).toEqual(['ice.servers', 'room.leave'])
})

test('responses in any order resolve their calls', async () => {
  const { sent, calls, client } = createLink()
  calls.open()
  const [first, second] = [client.ice.servers.query(), client.ice.servers.query()]

  calls.receive(
    `[${answer(sent[1]!.id, { result: { type: 'data', data: ['second'] } })},${answer(sent[0]!.id, { result: { type: 'data', data: ['first'] } })}]`,
  )

  expect([await first, await second]).toEqual([['first'], ['second']])
})

test('an API error has its code; a closed socket gives no code and fails later calls', async () => {
  const { sent, calls, client } = createLink()
  calls.open()
  const refused = client.ice.servers.query().catch(parseErrorCode)
  const lost = client.ice.servers.query().catch(parseErrorCode)

  calls.receive(
    answer(sent[0]!.id, {
      error: { message: 'slowly', code: -32029, data: { code: 'throttled', path: 'ice.servers' } },
    }),
  )
  calls.close()
  const late = client.ice.servers.query().catch(parseErrorCode)

  expect([await refused, await lost, await late]).toEqual(['throttled', null, null])
  expect(sent).toHaveLength(2)
})

test('a subscription emits until either side stops it', () => {
  const { sent, calls, client } = createLink()
  calls.open()
  const received: string[] = []
  const subscribe = () =>
    client.room.join.subscribe(entry, {
      onData: ({ id }) => received.push(id),
      onComplete: () => received.push('over'),
    })
  subscribe()
  const mine = subscribe()

  for (const { id } of sent.slice(0, 2))
    calls.receive(
      answer(id, { result: { type: 'data', id: `e.${id}`, data: { id: `e.${id}`, data: { type: 'ready' } } } }),
    )
  calls.receive(answer(sent[0]!.id, { result: { type: 'stopped' } }))
  mine.unsubscribe()
  calls.receive(
    answer(sent[1]!.id, { result: { type: 'data', id: 'e.9', data: { id: 'e.9', data: { type: 'full' } } } }),
  )

  expect(received).toEqual([`e.${sent[0]!.id}`, `e.${sent[1]!.id}`, 'over'])
  expect(sent.at(-1)).toEqual({ id: sent[1]!.id, method: 'subscription.stop' })
})
