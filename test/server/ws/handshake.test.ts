import { expect, test } from 'vitest'
import { readCloseCode, connectRaw, readUntilClosed } from '../../faults/rawSocket.ts'
import { readMetrics } from '../metricsReader.ts'
import { startServerFixture } from '../serverFixture.ts'

interface Line {
  msg: string
  status: number
  count: number
  reason: string
}

const good = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': `${'A'.repeat(22)}==`,
}

/** Sends a handshake with these headers. Resolves to all bytes until the server closes the connection. */
async function answerTo(url: string, headers: Record<string, string | undefined>, method = 'GET'): Promise<string> {
  const socket = await connectRaw(url)
  const lines = Object.entries({ Host: new URL(url).host, ...good, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  )
  socket.write(`${method} /trpc HTTP/1.1\r\n${lines.join('')}\r\n`)
  return readUntilClosed(socket)
}

test.each<[string, number, Record<string, string | undefined>, string, RegExp]>([
  ['a key that is too short', 400, { 'Sec-WebSocket-Key': 'abc' }, 'GET', /Sec-WebSocket-Key/],
  ['a missing key', 400, { 'Sec-WebSocket-Key': undefined }, 'GET', /Sec-WebSocket-Key/],
  ['a protocol that is not a token', 400, { 'Sec-WebSocket-Protocol': 'a b' }, 'GET', /Sec-WebSocket-Protocol/],
  ['version 7', 426, { 'Sec-WebSocket-Version': '7' }, 'GET', /^Sec-WebSocket-Version: 13\r$/m],
  ['a missing version', 426, { 'Sec-WebSocket-Version': undefined }, 'GET', /^Sec-WebSocket-Version: 13\r$/m],
  ['the method POST', 405, { 'Content-Length': '0' }, 'POST', /^Allow: GET\r$/m],
])(
  'a handshake with %s gets %i and a close, is logged once a minute and counted',
  async (_, status, headers, method, answer) => {
    const fixture = await startServerFixture()
    const lines = () =>
      fixture.logLines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'request rejected')
    for (let time = 0; time < 20; time++) {
      const text = await answerTo(fixture.server.url, headers, method)
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      expect(text).toMatch(answer)
      expect(text).toMatch(/^Connection: close/m)
      expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    }
    expect(lines()).toMatchObject([{ status, count: 1, reason: expect.stringMatching(/^.{10,}\.$/) as string }])
    expect(await readMetrics(fixture)).toMatchObject({ [`duet_ws_upgrades_rejected_total{status="${status}"}`]: 20 })
    fixture.clock.advance(61_000)
    expect(lines()).toMatchObject([{ count: 1 }, { count: 19 }])
  },
)

test('rejected handshakes are logged once a minute per status', async () => {
  const fixture = await startServerFixture()
  for (let n = 0; n < 30; n++) {
    await answerTo(fixture.server.url, { 'Sec-WebSocket-Key': `wrong-${n}` })
    await answerTo(fixture.server.url, { 'Sec-WebSocket-Version': String(100 + n) })
    await answerTo(fixture.server.url, { Origin: `https://evil-${n}.example` })
  }
  expect(fixture.logLines.filter((line) => line.includes('request rejected'))).toHaveLength(3)
})

test('a frame that violates RFC 6455 closes with 1002 and counts as protocol_error', async () => {
  const fixture = await startServerFixture()
  const socket = await connectRaw(fixture.server.url)
  const lines = Object.entries({ Host: new URL(fixture.server.url).host, ...good }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.write(`GET /trpc HTTP/1.1\r\n${lines.join('')}\r\n`)
  socket.write(Buffer.from([0xff, 0x80, 1, 2, 3, 4]))
  expect(await readCloseCode(socket)).toBe(1002)
  expect(await readMetrics(fixture)).toMatchObject({ 'duet_ws_disconnects_total{reason="protocol_error"}': 1 })
})
