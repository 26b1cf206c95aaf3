import { once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { FrameQueue } from '../../../server/ws/frameQueue.ts'
import { encodeFrame, openRawWebSocket } from '../../faults/rawSocket.ts'
import { readMetrics } from '../metricsReader.ts'
import { FrameClient } from '../frameClient.ts'
import { ManualClock } from '../manualClock.ts'
import { offer } from '../testClient.ts'
import { startServerFixture } from '../serverFixture.ts'

describe('the frame queue', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  function queueOf({ costMs, tokens = Infinity }: { costMs: number; tokens?: number }) {
    const read: string[] = []
    const held = new Map<string, number>()
    const left = new Map<string, number>()
    let nowMs = 0
    const queue = new FrameQueue({
      maxMsPerTurn: serverLimits.frameMsPerTurn,
      now: () => nowMs,
      takeTokens({ address, tokens: cost }) {
        const rest = (left.get(address) ?? tokens) - cost
        if (rest >= 0) left.set(address, rest)
        return rest >= 0
      },
      onFrame({ address }) {
        nowMs += costMs
        read.push(address)
      },
      onBufferedBytes: (address, bytes) => void held.set(address, (held.get(address) ?? 0) + bytes),
    })
    const paused: WebSocket[] = []
    const newSocket = (): WebSocket => {
      const socket = {
        OPEN: 1,
        readyState: 1,
        pause: () => paused.push(socket as never),
        resume: () => paused.splice(paused.indexOf(socket as never), 1),
      }
      return socket as unknown as WebSocket
    }
    const take = (address: string, socket = newSocket(), data = Buffer.alloc(100), networkPrefix = address) =>
      queue.push({ socket, address, networkPrefix, tokens: 1, data, receivedAtMs: 0 })
    return { queue, read, held, left, paused, newSocket, take }
  }

  test('handles frames at once within the time of a turn', () => {
    const { read, paused, take } = queueOf({ costMs: 0 })
    for (let n = 0; n < 5; n++) take('a')
    expect([read.length, paused.length]).toEqual([5, 0])
  })

  test('delays another network by at most a turn and one frame, for a burst of 1,000 addresses of one network', async () => {
    const { read, take } = queueOf({ costMs: 3 })
    for (let n = 0; n < 1_000; n++) take(`burst-${n}`, undefined, undefined, 'burst')
    const before = read.length
    take('other')
    while (!read.includes('other')) await turn()
    expect(read.indexOf('other') - before).toBeLessThanOrEqual(Math.ceil(serverLimits.frameMsPerTurn / 3) + 1)
  })

  test('an address without tokens does not delay another address of its network', async () => {
    const { read, left, take } = queueOf({ costMs: 0, tokens: 2 })
    left.set('greedy', 0)
    for (let n = 0; n < 5; n++) take('greedy', undefined, undefined, 'site')
    for (let n = 0; n < 2; n++) take('calm', undefined, undefined, 'site')
    for (let n = 0; n < 5; n++) await turn()
    expect(read).toEqual(['calm', 'calm'])
  })

  test('delays another address by at most a turn and one frame, for bursts of one socket or 1,000', async () => {
    for (const sockets of [1, 1_000]) {
      const { read, take, newSocket } = queueOf({ costMs: 3 })
      const one = newSocket()
      for (let n = 0; n < 1_000; n++) take('burst', sockets === 1 ? one : undefined)
      const before = read.length
      take('other')
      while (!read.includes('other')) await turn()
      // One frame of the burst may be handled first.
      expect(read.indexOf('other') - before).toBeLessThanOrEqual(1)
      expect(before).toBeLessThan(20)
    }
  })

  test('pauses sockets with queued frames, resumes them afterwards, and drops nothing', async () => {
    const { read, held, paused, take, newSocket } = queueOf({ costMs: 2 })
    const [one, other] = [newSocket(), newSocket()]
    for (let n = 0; n < 20; n++) take('a', one)
    for (let n = 0; n < 20; n++) take('b', other)
    expect(paused).toEqual([one, other])
    while (read.length < 40) await turn()
    expect([paused, held.get('a'), held.get('b')]).toEqual([[], 0, 0])
    expect(read.filter((address) => address === 'a')).toHaveLength(20)
  })

  test('removes the frames of a closed socket', () => {
    const { queue, held, take, newSocket } = queueOf({ costMs: 20 })
    const socket = newSocket()
    for (let n = 0; n < 5; n++) take('a', socket)
    expect([queue.isWaiting(socket), held.get('a')! > 0]).toEqual([true, true])
    queue.removeSocket(socket)
    expect([queue.isWaiting(socket), held.get('a')]).toEqual([false, 0])
  })

  test('queues frames of an address without tokens, and handles those of other addresses', async () => {
    const { read, left, take } = queueOf({ costMs: 0, tokens: 3 })
    for (let n = 0; n < 5; n++) take('a')
    take('b')
    while (!read.includes('b')) await turn()
    expect(read).toEqual(['a', 'a', 'a', 'b'])
    left.set('a', 10)
    while (read.length < 6) await turn()
    expect(read.slice(4)).toEqual(['a', 'a'])
  })
})

test('a socket can send 300 heartbeats or 17 full frames at once; one more closes it with 1008', async () => {
  const { server } = await startServerFixture()
  const tokens = limits.messageBurst * serverLimits.framesPerRequest
  const cost = 1 + limits.frameBytes / serverLimits.bytesPerFrameToken
  for (const [text, most] of [
    ['PING', tokens],
    ['x'.repeat(limits.frameBytes), Math.floor(tokens / cost)],
  ] as const) {
    const frameClient = await FrameClient.open(server.url)
    const closed = frameClient.waitForClose()
    for (let n = 0; n < most; n++) frameClient.send(text)
    for (let n = 0; n < most; n++) await frameClient.next()
    frameClient.send(text)
    frameClient.send(text)
    expect(await closed, text.slice(0, 4)).toBe(1008)
  }
})

test('the sockets of one address share a frame budget; frames above it wait', async () => {
  const { server, clock } = await startServerFixture({
    limits: { messageBurst: 2, messagesPerSecond: 1, socketBudgetsPerAddress: 2 },
  })
  const frameClients = await Promise.all(Array.from({ length: 4 }, () => FrameClient.open(server.url)))
  let answered = 0
  for (const frameClient of frameClients) {
    for (let n = 0; n < 6; n++) {
      frameClient.send('PING')
      void frameClient.next().then(
        () => {
          answered += 1
        },
        () => undefined,
      )
    }
  }
  await expect.poll(() => answered).toBe(20)
  clock.advance(1_000)
  await expect.poll(() => answered).toBe(24)
  for (const frameClient of frameClients) frameClient.socket.terminate()
})

test.each([
  ['of one address', { unreadBytesPerNetwork: 100_000 }],
  ['in total', { unreadBytesTotal: 100_000 }],
])('incomplete frames are limited %s: a socket above the limit is closed', async (_, more) => {
  const fixture = await startServerFixture({ limits: more })
  const good = await FrameClient.open(fixture.server.url)
  for (let n = 0; n < 4; n++)
    (await openRawWebSocket(fixture.server.url)).write(encodeFrame('text', 'x'.repeat(60_000)).subarray(0, 40_000))
  await expect.poll(async () => (await readMetrics(fixture))['duet_ws_disconnects_total{reason="rate_limit"}']).toBe(2)
  expect((await good.request('query', 'ice.servers')).result).toBeDefined()
  good.socket.terminate()
})

test('above unreadBytesTotal the largest network loses a socket, although it has many addresses of 40 KB each', async () => {
  const fixture = await startServerFixture(
    { limits: { unreadBytesTotal: 130_000 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const partial = encodeFrame('text', 'x'.repeat(60_000)).subarray(0, 40_000)
  const openFrom = (address: string) => openRawWebSocket(fixture.server.url, [`X-Forwarded-For: ${address}`])
  const attackers = []
  for (let n = 0; n < 3; n++) {
    attackers.push(await openFrom(`2001:db8:1:${n}::1`))
    attackers[n]!.write(partial)
  }
  const calm = await openFrom('2001:db8:2::1')
  calm.write(partial)
  await expect.poll(async () => (await readMetrics(fixture))['duet_ws_disconnects_total{reason="rate_limit"}']).toBe(1)
  calm.write(encodeFrame('text', 'x'.repeat(60_000)).subarray(40_000))
  const [answer] = (await once(calm, 'data')) as [Buffer]
  expect(answer.toString()).toContain('invalid-input')
  for (const socket of [...attackers, calm]) socket.destroy()
})

test('the bytes of a mailbox count towards the IPv6 /48 of the sender', async () => {
  const store = new MemoryStore(new ManualClock())
  const appendMessage = vi.spyOn(store, 'appendMessage')
  const fixture = await startServerFixture({ store }, { DUET_TRUSTED_PROXIES: '127.0.0.1' })
  const ann = fixture.newClient({ headers: { 'X-Forwarded-For': '2001:db8:1:2::1' } }).join('blue-door')
  await ann.joined()
  await ann.send(offer('a1.1'))
  expect(appendMessage.mock.lastCall?.[3]).toBe('2001:db8:1::/48')
})
