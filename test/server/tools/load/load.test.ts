import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { UsageError } from '../../../../turn/index.ts'
import { generateLoad, type LoadPlan } from '../../../../server/tools/load/generateLoad.ts'
import { LatencyHistogram } from '../../../../server/tools/load/latencyHistogram.ts'
import { LoadResults, type LoadReport } from '../../../../server/tools/load/loadResults.ts'
import { LoadRoom } from '../../../../server/tools/load/loadRoom.ts'
import { formatReport, runLoad } from '../../../../server/tools/load/command.ts'
import { readMetrics } from '../../metricsReader.ts'
import { startServerFixture } from '../../serverFixture.ts'
import { issueChain } from '../doctor/issueChain.ts'

/** Runs `duet load` without a terminal. Resolves to its exit code and its report. */
async function load(...args: string[]): Promise<{ code: number; report: LoadReport }> {
  const lines: string[] = []
  const code = await runLoad(args, {
    print: (line) => void lines.push(line),
    showProgress: null,
    signal: new AbortController().signal,
  })
  expect(lines).toHaveLength(1)
  return { code, report: JSON.parse(lines[0]!) as LoadReport }
}

/** Generates a tenth of a second of load. */
const generate = (plan: Partial<LoadPlan> & Pick<LoadPlan, 'url'>): Promise<LoadReport> =>
  generateLoad(
    { rooms: 1, messagesPerSecond: 20, durationMs: 100, addresses: 0, ...plan },
    { signal: new AbortController().signal, onProgress: () => undefined },
  )

/** Serves a WebSocket that answers the first call with a frame, and then never. Returns its URL. */
async function serveFrames(frame?: unknown): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  server.on('connection', (socket) =>
    socket.once('message', () => {
      if (frame !== undefined) socket.send(JSON.stringify(frame))
    }),
  )
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a run joins two visitors a room, delivers every message of the rate, and leaves no room behind', async () => {
  const fixture = await startServerFixture()
  const { url } = fixture.server
  const { code, report } = await load('--url', url, '--rooms', '5', '--rate', '100', '--duration', '1')
  expect([code, report]).toEqual([
    0,
    {
      rooms: 5,
      joins: 10,
      joinsPerSecond: expect.any(Number),
      joinMs: { p50: expect.any(Number), p99: expect.any(Number) },
      messages: 100,
      messagesPerSecond: expect.any(Number),
      acknowledgementMs: { p50: expect.any(Number), p99: expect.any(Number) },
      deliveryMs: { p50: expect.any(Number), p99: expect.any(Number) },
      unacknowledged: 0,
      undelivered: 0,
      failures: {},
    },
  ])
  await expect.poll(() => readMetrics(fixture)).toMatchObject({ duet_rooms: 0, duet_ws_connections: 0 })
})

test('rejected joins and rejected messages are failures with the code of the server', async () => {
  const joins = await startServerFixture({ limits: { newRoomsPerAddressPerMinute: 2 } })
  const first = await load('--url', joins.server.url, '--rooms', '3', '--duration', '1')
  expect([first.code, Object.keys(first.report.failures)]).toEqual([1, ['join: throttled']])
  expect(first.report.failures['join: throttled']! + first.report.rooms).toBe(3)
  const sends = await startServerFixture({ limits: { messageBurst: 3 } })
  const second = await load('--url', sends.server.url, '--rooms', '1', '--rate', '20', '--duration', '1')
  expect(second.code).toBe(1)
  expect(second.report.failures['send: throttled']).toBeGreaterThan(0)
  const answered = Object.values(second.report.failures).reduce((sum, count) => sum + count, second.report.messages)
  expect([answered, second.report.undelivered]).toEqual([20, 0])
})

test('after a rejected message, a room continues with its number', async () => {
  const { server, clock } = await startServerFixture({ limits: { messageBurst: 3 } })
  const lines: string[] = []
  await runLoad(['--url', server.url, '--rooms', '1', '--rate', '20', '--duration', '3'], {
    print: (line) => void lines.push(line),
    // The budget of each seat is empty at the first progress, and full after it.
    showProgress: () => clock.advance(1_000),
    signal: new AbortController().signal,
  })
  // Three calls of each seat were a join and two messages.
  expect(Number(/^Messages +(\d+)/m.exec(lines.join())?.[1])).toBeGreaterThan(4)
})

test('a server that is not there is a failure of each join', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const { code, report } = await load('--url', `http://127.0.0.1:${port}`, '--rooms', '2', '--duration', '1')
  expect([code, report.joins, Object.values(report.failures)]).toEqual([1, 0, [2]])
  expect(Object.keys(report.failures)[0]).toContain('ECONNREFUSED')
})

test('a server that never answers is a failure of the join, and no wait without end', async () => {
  const url = await serveFrames()
  const results = new LoadResults()
  const room = new LoadRoom(results, 50)
  expect(await room.join(url, {})).toBe(false)
  expect(results.failures).toEqual({ 'join: no answer within 0.05 s': 1 })
})

test('a server that stops to answer does not keep a room open', async () => {
  const url = await serveFrames({ id: 1, result: { type: 'data', data: { data: { type: 'joined' } } } })
  const room = new LoadRoom(new LoadResults(), 50)
  expect(await room.join(url, {})).toBe(true)
  await room.leave()
})

test.each([null, 'text', 5, [], { id: 1, result: { type: 'data', data: null } }, { id: 1, error: null }])(
  'the frame %j of another program does not end the process',
  async (frame) => {
    const results = new LoadResults()
    const room = new LoadRoom(results, 50)
    expect(await room.join(await serveFrames(frame), {})).toBe(false)
    expect(Object.keys(results.failures)).toEqual([expect.stringMatching(/^join: /)])
  },
)

test('a table shows no terminal escapes of the server', () => {
  const results = new LoadResults()
  results.countFailure('join', new Error('\u001B[2Jdone'))
  expect(formatReport(results.report(0, 0))).toContain('Failure          join: ?[2Jdone: 1')
})

test('a server on this machine may have a certificate for another name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-load-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { leaf, key } = issueChain(['call.duet.example'], 90)
  const [cert, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, leaf)
  writeFileSync(keyFile, key)
  const { server } = await startServerFixture({}, { DUET_TLS_CERT: cert, DUET_TLS_KEY: keyFile })
  expect(server.url).toMatch(/^https:/)
  expect(await generate({ url: server.url, rooms: 2 })).toMatchObject({ joins: 4, failures: {} })
})

test('with --addresses, each room has an address of its own behind a trusted proxy', async () => {
  const { server } = await startServerFixture(
    { limits: { newRoomsPerAddressPerMinute: 2 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  expect(await generate({ url: server.url, rooms: 3, addresses: 3 })).toMatchObject({ joins: 6, failures: {} })
})

test('a run ends early at a signal, and a terminal gets progress and a table', async () => {
  const { server } = await startServerFixture()
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const lines: string[] = []
  const progress: string[] = []
  const code = await runLoad(['--url', server.url, '--rooms', '1', '--duration', '600'], {
    print: (line) => void lines.push(line),
    showProgress: (line) => {
      progress.push(line)
      if (/[1-9]\d* messages/.test(line)) stop.abort()
    },
    signal: stop.signal,
  })
  expect(progress.some((line) => /^2 joins, \d+ messages, acknowledgement p50 .* ms, 0 failures$/.test(line))).toBe(
    true,
  )
  expect(lines.join()).toMatch(/^Rooms +1\nJoins +2, /)
  expect(code).toBeLessThan(2)
})

describe('arguments', () => {
  test.each<[string[], RegExp]>([
    [['--url', 'https://call.duet.example'], /is not on this machine\. Add --this-server-is-mine/],
    [['--url', 'http://192.0.2.1:8000'], /is not on this machine/],
    [['--url', 'call'], /^--url: "call" is not a URL/],
    [['--rooms', '0'], /^--rooms: "0" is not a whole number from 1/],
    [['--rooms', '2', '--rate', '41'], /^--rate: a room may send at most 20 messages a second/],
    [['--duration', '1.5'], /^--duration: "1.5" is not a whole number/],
    [['--rom', '2'], /--rom/],
  ])('%j are rejected', async (args, message) => {
    const failure = await load(...args).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    expect((failure as Error).message).toMatch(message)
  })
})

test('quantiles are exact to 1 %, by nearest rank, and null without a value', () => {
  const histogram = new LatencyHistogram()
  expect(histogram.summary()).toEqual({ p50: null, p99: null })
  for (let timeMs = 1; timeMs <= 1_000; timeMs++) histogram.add(timeMs)
  expect(histogram.quantile(0.5)! / 500).toBeCloseTo(1, 1)
  for (const q of [0.01, 0.5, 0.99, 1]) {
    const ratio = histogram.quantile(q)! / (1_000 * q)
    expect(ratio).toBeGreaterThanOrEqual(0.999)
    expect(ratio).toBeLessThan(1.011)
  }
  expect(histogram.count).toBe(1_000)
})
