import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRaw, readUntilClosed } from '../../faults/rawSocket.ts'
import { readMetrics } from '../metricsReader.ts'
import { openServerFixture, startServerFixture, type ServerFixture } from '../serverFixture.ts'

/** Requests that no browser sends: smuggling, confusion of names, and headers that cost CPU. */

const host = 'Host: localhost\r\n'
/** A request after the attack. The server answers it if it still takes requests from the connection. */
const followUp = `GET /readyz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n`
const withHeaders = (headers: string, target = 'GET /healthz'): string => `${target} HTTP/1.1\r\n${headers}\r\n`
const post = (headers: string, body: string): string => `${withHeaders(`${host}${headers}`, 'POST /healthz')}${body}`
const chunked = 'Transfer-Encoding: chunked\r\n'

let fixture: ServerFixture
const pages = mkdtempSync(join(tmpdir(), 'duet-pages-'))
beforeAll(async () => {
  for (const name of ['index.html', 'index.html.br', 'index.html.gz'])
    writeFileSync(join(pages, name), '<!doctype html>')
  fixture = await openServerFixture({ pagesDirectory: pages }, { DUET_TRUSTED_PROXIES: '127.0.0.1,2001:db8::/32' })
})
afterAll(async () => {
  await fixture.close()
  rmSync(pages, { recursive: true })
})

const send = async (bytes: string): Promise<string> => {
  const socket = await connectRaw(fixture.server.url)
  socket.write(Buffer.from(bytes, 'latin1'))
  return readUntilClosed(socket)
}
/** The statuses of all responses until the server closes the connection. */
const statusesOf = async (bytes: string): Promise<number[]> =>
  [...(await send(bytes)).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

test.each([
  ['two lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'abcde')],
  ['the same length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'abcde')],
  ['a list of lengths', post('Content-Length: 5, 5\r\n', 'abcde')],
  ['a length with a sign', post('Content-Length: +5\r\n', 'abcde')],
  ['a negative length', post('Content-Length: -5\r\n', 'abcde')],
  ['a length above 2^64', post('Content-Length: 99999999999999999999\r\n', 'abcde')],
  ['a length and chunks', post(`Content-Length: 5\r\n${chunked}`, '0\r\n\r\n')],
  ['chunks and a length', post(`${chunked}Content-Length: 5\r\n`, '0\r\n\r\n')],
  ['two transfer codings', post(`${chunked}Transfer-Encoding: identity\r\n`, '0\r\n\r\n')],
  ['a vertical tab before the transfer coding', post('Transfer-Encoding:\x0bchunked\r\n', '0\r\n\r\n')],
  ['a space before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
  ['a folded header', withHeaders(`${host}X: a\r\n b: c\r\n`)],
  ['a folded Host', withHeaders('Host: localhost\r\n .evil.example\r\n')],
  ['a folded first line', withHeaders(` X: a\r\n${host}`)],
  ['lines that end with LF', `GET /healthz HTTP/1.1\nHost: localhost\n\n`],
  ['a CR in a value', withHeaders(`${host}X: a\rb\r\n`)],
  ['a NUL in a value', withHeaders(`${host}X: a\0b\r\n`)],
  ['a space in a name', withHeaders(`${host}X Y: a\r\n`)],
  ['a line without a colon', withHeaders(`${host}XY\r\n`)],
  ['an empty name', withHeaders(`${host}: a\r\n`)],
  ['bytes above 127 in the target', withHeaders(host, 'GET /\xff')],
  ['a target without a slash', withHeaders(host, 'GET healthz')],
  ['no Host', withHeaders('')],
  ['HTTP/1.2', `GET /healthz HTTP/1.2\r\n${host}\r\n`],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
])('a request with %s gets one 400, and the connection closes', async (_, bytes) => {
  expect(await statusesOf(bytes + followUp)).toEqual([400])
})

test.each([
  // RFC 9112 §3.2: a proxy may read the last one.
  ['two Host headers', [400, 200], withHeaders(`${host}Host: evil.example\r\n`, 'GET /')],
  ['two Host headers, for a probe', [400, 200], withHeaders(`${host}${host}`)],
  ['two Host headers, for a WebSocket', [400], withHeaders(`${host}Host: evil.example\r\n${upgrade}`, 'GET /trpc')],
  ['a list of hosts', [400, 200], withHeaders('Host: localhost, evil.example\r\n', 'GET /')],
  // RFC 9112 §3.2.2.
  ['a target in absolute-form', [200, 200], withHeaders(host, 'GET http://localhost/healthz')],
  ['its host instead of Host', [200, 200], withHeaders('Host: evil.example\r\n', 'GET http://localhost/check')],
  ['an absolute-form of another host', [421, 200], withHeaders(host, 'GET http://evil.example/check')],
  ['another host, for a WebSocket', [421], withHeaders(host + upgrade, 'GET http://evil.example/trpc')],
  [
    'headers about another host',
    [200, 200],
    withHeaders(
      `${host}X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nX-Original-URL: /metrics\r\n`,
    ),
  ],
  ['a body of POST', [405, 200], post('Content-Length: 5\r\n', 'abcde')],
  ['a body of GET', [200, 200], `${withHeaders(`${host}Content-Length: 5\r\n`)}abcde`],
  ['a body with a content coding', [405, 200], post('Content-Encoding: gzip\r\nContent-Length: 5\r\n', 'abcde')],
  ['a trailer', [405, 200], post(chunked, '0\r\nHost: evil.example\r\n\r\n')],
  ['an unknown expectation', [200, 200], withHeaders(`${host}Expect: nothing\r\n`)],
  ['names of Object.prototype', [200, 200], withHeaders(`${host}__proto__: a\r\nconstructor: b\r\n`)],
  ['the method TRACE', [405, 200], withHeaders(host, 'TRACE /')],
  ['the method CONNECT', [], withHeaders(host, 'CONNECT evil.example:443')],
  ['the target *', [405, 200], withHeaders(host, 'OPTIONS *')],
  [
    '4,000 bytes of escapes in the target',
    [404, 200],
    withHeaders(host, `GET /%0d%0aSet-Cookie:a${'%0a'.repeat(1_333)}`),
  ],
])('a request with %s gets %j', async (_, statuses, bytes) => {
  expect(await statusesOf(bytes + followUp)).toEqual(statuses)
})

test.each([
  ['no final chunked coding', 'Transfer-Encoding: gzip\r\n', 'x'],
  ['a chunk size with a space', chunked, '1 \r\na\r\n0\r\n\r\n'],
  ['a chunk extension of 20,000 bytes', chunked, `1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`],
])('a request with %s gets no second response', async (_, headers, body) => {
  const statuses = await statusesOf(post(headers, body) + followUp)
  // The body may be read before the response is written.
  expect([[405], [400], [431]]).toContainEqual(statuses)
})

test('a WebSocket opens at a target in absolute-form, and permessage-deflate is declined', async () => {
  const socket = await connectRaw(fixture.server.url)
  const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'
  socket.write(withHeaders(host + upgrade + offer, 'GET http://localhost/trpc'))
  const answer = String((await once(socket, 'data'))[0])
  expect(answer).toMatch(/^HTTP\/1\.1 101 /)
  expect(answer).not.toMatch(/Extensions/i)
})

test('after the response to an unknown upgrade the server closes the connection, although the client does not', async () => {
  const { duet_http_connections: before } = await readMetrics(fixture)
  const socket = await connectRaw(fixture.server.url)
  socket.write(withHeaders(`${host}Connection: Upgrade\r\nUpgrade: h2c\r\n`))
  await once(socket.resume(), 'end')
  await expect.poll(async () => (await readMetrics(fixture)).duet_http_connections).toBe(before)
  expect(socket.writable).toBe(true)
})

test('headers after the 1,000th still count: Host, Origin and X-Forwarded-For', async () => {
  const filler = 'a:\r\n'.repeat(2_500)
  expect(await statusesOf(withHeaders(`${filler}${host}`, 'GET /check') + followUp)).toEqual([200, 200])
  expect(
    await statusesOf(withHeaders(`${host}${upgrade}${filler}Origin: https://evil.example\r\n`, 'GET /trpc')),
  ).toEqual([403])
  const { server } = await startServerFixture(
    { limits: { socketsPerAddress: 1 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const statusOf = async (headers: string): Promise<string> => {
    const socket = await connectRaw(server.url)
    socket.write(withHeaders(host + upgrade + headers, 'GET /trpc'))
    return String((await once(socket, 'data'))[0]).slice(9, 12)
  }
  // A proxy appends its header to those of the client.
  const from = 'X-Forwarded-For: 203.0.113.9\r\n'
  expect([await statusOf(from), await statusOf(`X-Forwarded-For: 198.51.100.1\r\n${filler}${from}`)]).toEqual([
    '101',
    '429',
  ])
})

/** Repeats a text to 15,800 bytes. Node's limit for all headers is 16 KiB. */
const fill = (text: string): string => text.repeat(Math.floor(15_800 / text.length))

/** Time of the event loop for one request, in ms: the minimum of ten. */
async function measureMs(bytes: string): Promise<number> {
  const times = []
  for (let n = 0; n < 10; n++) {
    const socket = await connectRaw(fixture.server.url)
    const before = performance.eventLoopUtilization()
    socket.write(bytes)
    await once(socket, 'data')
    times.push(performance.eventLoopUtilization(before).active)
    socket.destroy()
  }
  return Math.min(...times)
}

test.each([
  ['spaces in Accept-Encoding', withHeaders(`${host}Accept-Encoding: a${fill(' ')}b\r\n`, 'GET /check')],
  ['commas in Accept-Encoding', withHeaders(`${host}Accept-Encoding: ${fill(',')}\r\n`, 'GET /check')],
  ['semicolons in Accept-Encoding', withHeaders(`${host}Accept-Encoding: a${fill(';')}\r\n`, 'GET /check')],
  ['commas in If-None-Match', withHeaders(`${host}If-None-Match: ${fill(',')}\r\n`, 'GET /check')],
  ['commas in X-Forwarded-For', withHeaders(`${host}X-Forwarded-For: ${fill(',')}\r\n`, 'GET /trpc')],
  [
    'trusted addresses in X-Forwarded-For',
    withHeaders(`${host}X-Forwarded-For: ${fill('2001:db8::1,')}\r\n`, 'GET /trpc'),
  ],
  ['full stops in a room name', withHeaders(host, `GET /r/a${fill('.')}b`)],
  ['escapes in a room name', withHeaders(host, `GET /r/${fill('%41')}`)],
  ['slashes in the path', withHeaders(host, `GET /${fill('/')}`)],
  ['parameters in the query', withHeaders(host, `GET /?${fill('a=%20&')}`)],
  ['headers', withHeaders(`${host}${fill('a:\r\n')}`)],
  [
    'a list of WebSocket protocols',
    withHeaders(`${host}${upgrade}Sec-WebSocket-Protocol: ${fill('a,')}b\r\n`, 'GET /trpc'),
  ],
])('16 KB of %s cost less than 20 times as much as 16 KB of a plain header', async (_, bytes) => {
  const plain = await measureMs(withHeaders(`${host}X: ${fill('x')}\r\n`, 'GET /check'))
  expect((await measureMs(bytes)) / plain).toBeLessThan(20)
})
