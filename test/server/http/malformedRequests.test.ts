import { expect, test } from 'vitest'
import { connectRaw, readUntilClosed } from '../../faults/rawSocket.ts'
import { startServerFixture } from '../serverFixture.ts'

/** Requests that are not HTTP/1.1, from scanners and broken proxies. */

interface Line {
  msg: string
  status: number
  count: number
}

async function answerTo(url: string, bytes: string): Promise<string> {
  const socket = await connectRaw(url)
  socket.write(bytes)
  return readUntilClosed(socket)
}

test.each([
  ['bytes that are not HTTP', 400, 'hello there\r\n\r\n'],
  ['two Content-Length headers', 400, 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['headers above 16 KiB', 431, `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`],
])('a request with %s gets %i and a close, and is logged once a minute', async (_, status, bytes) => {
  const fixture = await startServerFixture()
  const lines = () =>
    fixture.logLines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'request rejected')
  for (let time = 0; time < 20; time++) {
    const text = await answerTo(fixture.server.url, bytes)
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(text).toMatch(/^Connection: close/m)
    expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
  }
  expect(lines()).toMatchObject([{ status, count: 1 }])
  fixture.clock.advance(61_000)
  expect(lines()).toMatchObject([{ count: 1 }, { count: 19 }])
})
