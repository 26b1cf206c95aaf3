import { describe, expect, test } from 'vitest'
import { serverLimits as limits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { makeCertificates } from '../server/certificates.ts'
import { readMetrics } from '../server/metricsReader.ts'
import { FrameClient } from '../server/frameClient.ts'
import { openServerFixture, startServerFixture, type ServerFixture } from '../server/serverFixture.ts'
import { connectRaw, readUntilClosed, createUpgradeRequest } from './rawSocket.ts'
import { joinByFrames } from './joinByFrames.ts'

const turn = {
  DUET_TURN: 'embedded',
  DUET_TURN_PORT: '0',
  DUET_TURN_RELAY_PORTS: '22700-22799',
  DUET_TURN_SELF_TEST: 'no',
}
/** Timeout of the server, and a margin for a busy machine. */
const testTimeoutMs = 8_000

type OnEnd = (work: () => void) => void

/** Sends one byte at a time until the connection ends. */
async function sendByteByByte(url: string, onEnd: OnEnd, text: string): Promise<string> {
  const socket = await connectRaw(url, onEnd)
  const closed = readUntilClosed(socket)
  let at = 0
  const timer = setInterval(() => void (at < text.length && socket.write(text[at++]!)), 50)
  socket.on('close', () => clearInterval(timer))
  return closed
}

async function sendAndWait(url: string, onEnd: OnEnd, text: string): Promise<string> {
  const socket = await connectRaw(url, onEnd)
  socket.write(text)
  return readUntilClosed(socket)
}

// Concurrent, because these tests only wait.
describe.concurrent('slow-loris', () => {
  test.for([
    ['with TURN on it', turn],
    ['without', {}],
  ] as const)(
    'an incomplete request is closed within five seconds, on a port %s',
    { timeout: testTimeoutMs },
    async ([, env], { onTestFinished }) => {
      const { server, close } = await openServerFixture({}, env)
      onTestFinished(close)
      const request = createUpgradeRequest([`Host: 127.0.0.1`, `X-Filler: ${'x'.repeat(5_000)}`])
      const answers = await Promise.all([
        sendByteByByte(server.url, onTestFinished, request),
        sendAndWait(server.url, onTestFinished, request.slice(0, 100)),
        sendAndWait(server.url, onTestFinished, ''),
        sendAndWait(
          server.url,
          onTestFinished,
          'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nx',
        ),
        sendAndWait(
          server.url,
          onTestFinished,
          'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx',
        ),
      ])
      for (const answer of answers) expect(answer).not.toMatch(/ 101 /)
    },
  )

  test(
    'an incomplete TLS handshake is closed within ten seconds',
    { timeout: testTimeoutMs + 5_000 },
    async ({ onTestFinished }) => {
      const { file, remove } = makeCertificates('one')
      onTestFinished(remove)
      const { server, close } = await openServerFixture(
        {},
        {
          ...turn,
          DUET_TURN_RELAY_PORTS: '22600-22699',
          DUET_TLS_CERT: file('one.crt'),
          DUET_TLS_KEY: file('one.key'),
        },
      )
      onTestFinished(close)
      await Promise.all([
        sendAndWait(server.url, onTestFinished, ''),
        sendAndWait(server.url, onTestFinished, '\x16\x03\x01\x02\0\x01'),
      ])
    },
  )
})

const createOffer = (n: number) =>
  ({ type: 'offer', connection: 'a1.1', negotiation: n, sdp: `v=0${'x'.repeat(31_000)}` }) as const

/** Joins a room and then stops reading. */
async function openStalledReader(fixture: ServerFixture): Promise<{ token: string; slow: FrameClient }> {
  const { token, client: slow } = await joinByFrames(fixture, 'blue-door')
  await slow.next()
  slow.socket.pause()
  return { token, slow }
}

test('a stalled reader is closed as slow with at most 1 MiB queued, and resumes; others are unaffected', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000_000 } })
  const ann = fixture.newClient().join('blue-door')
  await ann.joined()
  const { token, slow } = await openStalledReader(fixture)
  await ann.expectEvent('ready')
  let maxBytes = 0
  let sent = 0
  const readBufferedBytes = async () => (await readMetrics(fixture)).duet_ws_buffered_bytes!
  // The kernel's buffers take the first few megabytes.
  while (maxBytes < limits.unsentBytesPerSocket / 2) {
    for (let n = 0; n < 20; n++) await ann.send(createOffer(++sent))
    maxBytes = Math.max(maxBytes, await readBufferedBytes())
  }
  for (let more = 0; more < 100; more++) await ann.send(createOffer(++sent))
  maxBytes = Math.max(maxBytes, await readBufferedBytes())
  expect(maxBytes).toBeLessThanOrEqual(limits.unsentBytesPerSocket)
  for (let second = 0; second <= timeouts.serverPongTimeoutMs; second += 1_000) fixture.clock.advance(1_000)
  await ann.expectEvent('peer.disconnected')
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_ws_disconnects_total{reason="backpressure"}': 1,
    duet_ws_buffered_bytes: 0,
  })
  slow.socket.terminate()

  const again = fixture.newClient().join('blue-door', { token })
  expect(await again.joined()).toMatchObject({ resumed: true })
  await ann.expectEvent('peer.reconnected')
  await ann.send({ type: 'hangup' })
  expect(await again.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
})

test('a client that sends requests and reads no answer is closed as slow with a bounded send buffer', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000_000, unsentBytesPerSocket: 200_000 } })
  const slow = await FrameClient.open(fixture.server.url)
  slow.socket.pause()
  const batch = `[${'0,'.repeat(100)}0]`
  let maxBytes = 0
  let numbers = await readMetrics(fixture)
  while (!numbers['duet_ws_disconnects_total{reason="backpressure"}']) {
    for (let n = 0; n < 20; n++) slow.send(batch)
    numbers = await readMetrics(fixture)
    maxBytes = Math.max(maxBytes, numbers.duet_ws_buffered_bytes!)
  }
  expect(maxBytes).toBeLessThanOrEqual(200_000)
  expect(numbers['duet_ws_disconnects_total{reason="backpressure"}']).toBe(1)
  slow.socket.terminate()
})

test('the send buffers of one IPv6 /48 share unsentBytesPerNetwork', async () => {
  const unsentBytesPerNetwork = 150_000
  const fixture = await startServerFixture(
    { limits: { messageBurst: 1_000_000, unsentBytesPerNetwork } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const readers = await Promise.all(
    [1, 2].map((n) => FrameClient.open(fixture.server.url, { headers: { 'X-Forwarded-For': `2001:db8:1:${n}::1` } })),
  )
  for (const { socket } of readers) socket.pause()
  const batch = `[${'0,'.repeat(100)}0]`
  let maxBytes = 0
  let numbers = await readMetrics(fixture)
  while (!numbers['duet_ws_disconnects_total{reason="backpressure"}']) {
    for (const reader of readers) reader.send(batch)
    numbers = await readMetrics(fixture)
    maxBytes = Math.max(maxBytes, numbers.duet_ws_buffered_bytes!)
  }
  // The response that exceeds the limit counts until its socket is closed.
  expect(maxBytes).toBeLessThan(1.5 * unsentBytesPerNetwork)
  for (const { socket } of readers) socket.terminate()
})
