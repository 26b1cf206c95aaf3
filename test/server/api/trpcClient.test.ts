import { TRPCClientError, type WebSocketClientOptions } from '@trpc/client'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { limits } from '../../../machines/protocol/limits.ts'
import type { AppRouter } from '../../../server/api/router.ts'
import { newJoinKey } from '../testClient.ts'
import { startServerFixture } from '../serverFixture.ts'
import { deadlineMs } from '../../deadline.ts'

/** tRPC's own client against this server, configured through its public options only. */

const codeOf = (error: unknown): unknown =>
  error instanceof TRPCClientError ? (error.data as { code?: string } | null)?.code : error

const keepAlive = { enabled: true, intervalMs: 1, pongTimeoutMs: 10_000 }
const lazy = { enabled: true, closeMs: 1 }
const connectionParams = { name: 'bot' }
const options: [string, Partial<WebSocketClientOptions>][] = [
  ['no options', {}],
  ['connectionParams', { connectionParams }],
  ['connectionParams as a function', { connectionParams: () => Promise.resolve(connectionParams) }],
  ['connectionParams that return null', { connectionParams: () => null }],
  ['keepAlive', { keepAlive }],
  ['lazy', { lazy }],
  ['all options', { connectionParams, keepAlive, lazy }],
]

test.each(options)('a query, a mutation and a subscription succeed with %s', async (_, more) => {
  const fixture = await startServerFixture()
  const { trpc } = fixture.newClient({}, more)
  expect(await trpc.ice.servers.query()).toMatchObject({ iceServers: [] })
  const received: string[] = []
  const joined = new Promise((resolve, reject) =>
    trpc.room.join.subscribe(
      { protocol: 1, room: 'blue-door', joinKey: newJoinKey() },
      { onData: ({ data }) => (received.push(data.type), resolve(data)), onError: reject },
    ),
  )
  expect(await joined).toMatchObject({ type: 'joined', protocol: 1, seat: 'a' })
  expect(await trpc.room.send.mutate({ room: 'blue-door', seq: 1, message: { type: 'hangup' } })).toEqual({ acked: 1 })
  expect(received).toEqual(['joined'])
})

test('keepAlive: the server answers PING with PONG', async () => {
  const client = (await startServerFixture()).newClient({}, { keepAlive })
  const frames: string[] = []
  await client.trpc.ice.servers.query()
  client.socket.on('message', (data) => frames.push(String(data)))
  await vi.waitFor(() => expect(frames.filter((frame) => frame === 'PONG').length).toBeGreaterThan(1), {
    timeout: deadlineMs,
  })
})

test('lazy: the client opens a socket for a request and closes it when idle', async () => {
  const { trpc, sockets } = (await startServerFixture()).newClient({}, { lazy })
  expect(sockets).toHaveLength(0)
  await trpc.ice.servers.query()
  await vi.waitFor(() => expect(sockets.map(({ readyState }) => readyState)).toEqual([WebSocket.CLOSED]), {
    timeout: deadlineMs,
  })
  await trpc.ice.servers.query()
  expect(sockets).toHaveLength(2)
})

test('25 requests in one tick: the first ten succeed, the others are throttled, and none hangs', async () => {
  const { trpc } = (await startServerFixture()).newClient()
  const ends = await Promise.all(
    Array.from({ length: 25 }, () => trpc.ice.servers.query().then(() => 'answered', codeOf)),
  )
  expect(ends).toEqual([
    ...Array<string>(limits.requestsPerFrame).fill('answered'),
    ...Array<string>(15).fill('throttled'),
  ])
})

test('300 requests in one tick: none hangs', async () => {
  const { trpc } = (await startServerFixture()).newClient()
  const ends = await Promise.allSettled(Array.from({ length: 300 }, () => trpc.ice.servers.query()))
  expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(limits.requestsPerFrame)
})

test('an error contains the stable code and the path, and nothing else', async () => {
  const { trpc } = (await startServerFixture()).newClient()
  const error: unknown = await trpc.room.send
    .mutate({ room: 'blue-door', seq: 1, message: { type: 'hangup' } })
    .catch((each: unknown) => each)
  expect(error).toBeInstanceOf(TRPCClientError)
  expect((error as TRPCClientError<AppRouter>).data).toEqual({ code: 'not-joined', path: 'room.send' })
  expect((error as TRPCClientError<AppRouter>).message).toBe('Join the room first.')
  const bad = await trpc.room.leave.mutate({ room: '///' }).catch(codeOf)
  expect(bad).toBe('invalid-room-name')
})

test('after its socket breaks, a subscription resumes from its last event', async () => {
  const fixture = await startServerFixture()
  const client = fixture.newClient()
  const joinKey = newJoinKey()
  const received: string[] = []
  client.trpc.room.join.subscribe(
    { room: 'blue-door', joinKey },
    { onData: ({ data }) => void received.push(data.type) },
  )
  await vi.waitFor(() => expect(received).toEqual(['joined']), { timeout: deadlineMs })
  const ben = fixture.newClient().join('blue-door')
  await ben.joined()
  await vi.waitFor(() => expect(received).toEqual(['joined', 'ready']), { timeout: deadlineMs })
  client.socket.terminate()
  // The client has only its join key. The key is valid for one more join until a token has been used.
  await vi.waitFor(() => expect(received).toEqual(['joined', 'ready', 'joined']), { timeout: deadlineMs })
  await ben.send({ type: 'hangup' })
  await vi.waitFor(() => expect(received.at(-1)).toBe('message'), { timeout: deadlineMs })
  expect(
    received.filter((type) => type === 'ready'),
    'no event is received twice',
  ).toHaveLength(1)
})

test('unsubscribing sends peer.disconnected to the peer', async () => {
  const fixture = await startServerFixture()
  const { trpc } = fixture.newClient()
  const ann = fixture.newClient().join('blue-door')
  await ann.joined()
  const joined = new Promise<void>((resolve) => {
    const { unsubscribe } = trpc.room.join.subscribe(
      { room: 'blue-door', joinKey: newJoinKey() },
      {
        onData: ({ data }) => {
          if (data.type !== 'joined') return
          unsubscribe()
          resolve()
        },
      },
    )
  })
  await joined
  await ann.expectEvent('ready')
  await ann.expectEvent('peer.disconnected')
})

test('closing the client closes its socket and ends its room subscription', async () => {
  const fixture = await startServerFixture()
  const client = fixture.newClient()
  await new Promise((resolve) =>
    client.trpc.room.join.subscribe({ room: 'blue-door', joinKey: newJoinKey() }, { onData: resolve }),
  )
  await client.disconnect()
  await vi.waitFor(() => expect(client.socket.readyState).toBe(WebSocket.CLOSED), { timeout: deadlineMs })
  await fixture.waitForLog('socket.closed')
})
