import { createTRPCClient, createWSClient, TRPCClientError, wsLink, type WebSocketClientOptions } from '@trpc/client'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { limits } from '../../../machines/protocol/limits.ts'
import type { AppRouter } from '../../../server/api/router.ts'
import { newKey } from '../people.ts'
import { startWorld, type World } from '../world.ts'
import { deadlineMs } from '../../deadline.ts'

/** What tRPC's own client does with this server, through its public options alone. */

const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closes.splice(0).map((close) => close()))
})

interface Stock {
  trpc: ReturnType<typeof createTRPCClient<AppRouter>>
  client: ReturnType<typeof createWSClient>
  /** Every socket that it opened, with its address. */
  sockets: WebSocket[]
  frames: string[]
}

function stockClient({ server }: World, options: Partial<WebSocketClientOptions> = {}): Stock {
  const sockets: WebSocket[] = []
  const frames: string[] = []
  class Socket extends WebSocket {
    constructor(url: string | URL) {
      super(url)
      sockets.push(this)
      this.on('error', () => undefined)
      this.on('message', (data) => frames.push(String(data)))
    }
  }
  const client = createWSClient({
    url: `${server.url.replace(/^http/, 'ws')}/trpc`, WebSocket: Socket as unknown as typeof globalThis.WebSocket, retryDelayMs: () => 1, ...options,
  })
  closes.push(async () => {
    void client.close()
    for (const socket of sockets) socket.terminate()
  })
  return { trpc: createTRPCClient<AppRouter>({ links: [wsLink({ client })] }), client, sockets, frames }
}

const codeOf = (error: unknown): unknown => (error instanceof TRPCClientError ? (error.data as { code?: string } | null)?.code : error)

const keepAlive = { enabled: true, intervalMs: 1, pongTimeoutMs: 10_000 }
const lazy = { enabled: true, closeMs: 1 }
const connectionParams = { name: 'bot' }
const options: [string, Partial<WebSocketClientOptions>][] = [
  ['nothing', {}], ['connectionParams', { connectionParams }], ['connectionParams of a function', { connectionParams: () => Promise.resolve(connectionParams) }],
  ['no connectionParams but their message', { connectionParams: () => null }], ['keepAlive', { keepAlive }], ['lazy', { lazy }],
  ['all of it', { connectionParams, keepAlive, lazy }],
]

test.each(options)('a query, a mutation and a subscription are answered with %s', async (_, more) => {
  const world = await startWorld()
  const { trpc } = stockClient(world, more)
  expect(await trpc.ice.servers.query()).toMatchObject({ iceServers: [] })
  const heard: string[] = []
  const joined = new Promise((resolve, reject) => trpc.room.visit.subscribe({ protocol: 1, room: 'blue-door', key: newKey() }, {
    onData: ({ data }) => (heard.push(data.type), resolve(data)), onError: reject,
  }))
  expect(await joined).toMatchObject({ type: 'joined', protocol: 1, seat: 'a' })
  expect(await trpc.room.say.mutate({ room: 'blue-door', n: 1, message: { type: 'bye' } })).toEqual({ said: 1 })
  expect(heard).toEqual(['joined'])
})

test('keepAlive: its PING is answered with PONG', async () => {
  const { trpc, frames } = stockClient(await startWorld(), { keepAlive })
  await trpc.ice.servers.query()
  await vi.waitFor(() => expect(frames.filter((frame) => frame === 'PONG').length).toBeGreaterThan(1), { timeout: deadlineMs })
})

test('lazy: it opens a socket for a call, closes it when nothing is left to do, and opens another for the next', async () => {
  const { trpc, sockets } = stockClient(await startWorld(), { lazy })
  expect(sockets).toHaveLength(0)
  await trpc.ice.servers.query()
  await vi.waitFor(() => expect(sockets.map(({ readyState }) => readyState)).toEqual([WebSocket.CLOSED]), { timeout: deadlineMs })
  await trpc.ice.servers.query()
  expect(sockets).toHaveLength(2)
})

test('25 calls in one tick: the first ten are answered, the others are throttled, and none hangs', async () => {
  const { trpc } = stockClient(await startWorld())
  const ends = await Promise.all(Array.from({ length: 25 }, () => trpc.ice.servers.query().then(() => 'answered', codeOf)))
  expect(ends).toEqual([...Array<string>(limits.callsPerFrame).fill('answered'), ...Array<string>(15).fill('throttled')])
})

test('300 calls in one tick: none hangs', async () => {
  const { trpc } = stockClient(await startWorld())
  const ends = await Promise.allSettled(Array.from({ length: 300 }, () => trpc.ice.servers.query()))
  expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(limits.callsPerFrame)
})

test('a refusal carries the stable code, the path and no more', async () => {
  const { trpc } = stockClient(await startWorld())
  const error: unknown = await trpc.room.say.mutate({ room: 'blue-door', n: 1, message: { type: 'bye' } }).catch((each: unknown) => each)
  expect(error).toBeInstanceOf(TRPCClientError)
  expect((error as TRPCClientError<AppRouter>).data).toEqual({ code: 'not-ready', path: 'room.say' })
  expect((error as TRPCClientError<AppRouter>).message).toBe('Visit the room first.')
  const bad = await trpc.room.leave.mutate({ room: '///' }).catch(codeOf)
  expect(bad).toBe('bad-room')
})

test('a subscription goes on where it was after its socket broke: by itself, from its last event', async () => {
  const world = await startWorld()
  const { trpc, sockets } = stockClient(world)
  const key = newKey()
  const heard: string[] = []
  trpc.room.visit.subscribe({ room: 'blue-door', key }, { onData: ({ data }) => void heard.push(data.type) })
  await vi.waitFor(() => expect(heard).toEqual(['joined']), { timeout: deadlineMs })
  const ben = world.person().visit('blue-door')
  await ben.joined()
  await vi.waitFor(() => expect(heard).toEqual(['joined', 'ready']), { timeout: deadlineMs })
  sockets[0]!.terminate()
  // It has only its key, which is good for one more visit until a token was used.
  await vi.waitFor(() => expect(heard).toEqual(['joined', 'ready', 'joined']), { timeout: deadlineMs })
  await ben.say({ type: 'bye' })
  await vi.waitFor(() => expect(heard.at(-1)).toBe('message'), { timeout: deadlineMs })
  expect(heard.filter((type) => type === 'ready'), 'nothing comes twice').toHaveLength(1)
})

test('unsubscribing ends the visit: the other one is told', async () => {
  const world = await startWorld()
  const { trpc } = stockClient(world)
  const ann = world.person().visit('blue-door')
  await ann.joined()
  const joined = new Promise<void>((resolve) => {
    const { unsubscribe } = trpc.room.visit.subscribe({ room: 'blue-door', key: newKey() }, { onData: ({ data }) => {
      if (data.type !== 'joined') return
      unsubscribe()
      resolve()
    } })
  })
  await joined
  await ann.hears('ready')
  await ann.hears('peer.away')
})

test('closing the client ends its socket and its visit', async () => {
  const world = await startWorld()
  const { trpc, client, sockets } = stockClient(world)
  await new Promise((resolve) => trpc.room.visit.subscribe({ room: 'blue-door', key: newKey() }, { onData: resolve }))
  await client.close()
  await vi.waitFor(() => expect(sockets[0]!.readyState).toBe(WebSocket.CLOSED), { timeout: deadlineMs })
  await world.logged('socket.closed')
})
