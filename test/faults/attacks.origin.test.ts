import { once } from 'node:events'
import { expect, test } from 'vitest'
import { readMetrics } from '../server/metricsReader.ts'
import { upgradeStatus } from '../server/frameClient.ts'
import { startServerFixture } from '../server/serverFixture.ts'
import { connectRaw, readUntilClosed, createUpgradeRequest } from './rawSocket.ts'

const host = 'duet.example:8000'
const own = 'http://duet.example:8000'
const env = { DUET_ALLOWED_ORIGINS: 'https://app.example.org', DUET_PUBLIC_URL: own }

/** Returns all data that the server writes in response to an upgrade request with these headers. */
async function requestUpgrade(headers: string[]): Promise<string> {
  const { server } = await startServerFixture({}, env)
  const socket = await connectRaw(server.url)
  socket.write(createUpgradeRequest(headers))
  return readUntilClosed(socket)
}

test.each([
  ['a page of another origin', 'http://evil.example'],
  ['a sandboxed page (Origin: null)', 'null'],
  ['an empty Origin', ''],
  ['a file', 'file://'],
  ['a host that starts with the server’s host', `${own}.evil.example`],
  ['a host that ends with the server’s host', 'http://evil-duet.example:8000'],
  ['a subdomain of the server’s host', 'http://www.duet.example:8000'],
  ['the server’s host as a label of another domain', 'http://duet.example.evil.example:8000'],
  ['the server’s host as the user of another URL', `${own}@evil.example`],
  ['the server’s origin with a user', 'http://evil@duet.example:8000'],
  ['the server’s origin with a trailing dot', 'http://duet.example.:8000'],
  ['the server’s origin in capitals, as no browser writes it', 'http://DUET.EXAMPLE:8000'],
  ['a Cyrillic homograph in Punycode', 'http://xn--uet-yed.example:8000'],
  ['a Cyrillic homograph without Punycode', 'http://ԁuet.example:8000'],
  ['the server’s host in full-width letters', 'http://ｄｕｅｔ.example:8000'],
  ['another port', 'http://duet.example:8001'],
  ['no port', 'http://duet.example'],
  ['the port with a leading zero', 'http://duet.example:08000'],
  ['another scheme', 'https://duet.example:8000'],
  ['a ws: origin', 'ws://duet.example:8000'],
  ['no scheme', host],
  ['a path', `${own}/`],
  ['a query', `${own}?`],
  ['a list', `${own} http://evil.example`],
  ['a list with a comma', `${own}, ${own}`],
  ['an allowed host as a prefix of another domain', 'https://app.example.org.evil.example'],
  ['an allowed origin without TLS', 'http://app.example.org'],
  ['an allowed origin at another port', 'https://app.example.org:8443'],
  ['an allowed origin with a trailing dot', 'https://app.example.org.'],
])('an upgrade from %s (%j) is rejected with 403', async (_, origin) => {
  const answer = await requestUpgrade([`Host: ${host}`, `Origin: ${origin}`])
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
  expect(answer).not.toMatch(/101|Sec-WebSocket|Switching/)
})

test('an upgrade with two Origin headers is rejected, even if one is allowed', async () => {
  for (const other of [own, 'http://evil.example']) {
    expect(await requestUpgrade([`Host: ${host}`, `Origin: ${own}`, `Origin: ${other}`])).toMatch(/^HTTP\/1\.1 403 /)
  }
})

test('data that follows a rejected upgrade request is not read', async () => {
  const { server, logLines } = await startServerFixture({}, env)
  const socket = await connectRaw(server.url)
  socket.write(
    `${createUpgradeRequest([`Host: ${host}`, 'Origin: null'])}\x81\x80\0\0\0\0GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  )
  expect((await readUntilClosed(socket)).match(/HTTP\/1\.1/g)).toHaveLength(1)
  // The server visits its public URL meanwhile, which has no address here.
  const isOfVisit = ({ msg }: { msg: string }): boolean => msg.startsWith('public URL')
  const lines = logLines.map((line) => JSON.parse(line) as { level: number; msg: string })
  expect(lines.filter((line) => line.level >= 40 && !isOfVisit(line))).toMatchObject([
    { msg: 'request rejected', status: 403, count: 1 },
  ])
})

test.each([
  ['the server’s own page', { Host: host, Origin: own }],
  ['an allowed origin', { Host: host, Origin: 'https://app.example.org' }],
  ['the server’s own page at the default port', { Host: 'duet.example', Origin: 'http://duet.example' }],
  ['the default port as a proxy may write it', { Host: 'duet.example:80', Origin: 'http://duet.example' }],
  ['a Host header in capitals', { Host: 'DUET.example:8000', Origin: own }],
  ['the server’s own page at a host with a trailing dot', { Host: 'duet.example.', Origin: 'http://duet.example.' }],
  // A client that is not a browser can send any Origin. The check protects users, whose browser sends the true origin
  // of a page.
  ['a client that sends no Origin', { Host: host }],
])('%s may open the WebSocket', async (_, headers) => {
  const { server } = await startServerFixture({}, env)
  expect(await upgradeStatus(server.url, '/trpc', headers)).toBe(101)
})

test('a rejected upgrade is counted', async () => {
  const fixture = await startServerFixture({ limits: { socketsPerAddress: 1 } }, env)
  const ask = (path: string, headers = {}) =>
    upgradeStatus(fixture.server.url, path, { Host: host, Origin: own, ...headers })
  const one = fixture.newClient()
  await one.trpc.ice.servers.query()
  expect([
    await ask('/trpc', { Origin: 'null' }),
    await ask('/trpc', { Origin: 'http://evil.example' }),
    await ask('/'),
    await ask('/trpc', { Host: 'a b' }),
    await ask('/trpc'),
  ]).toEqual([403, 403, 404, 400, 429])
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_ws_upgrades_rejected_total{status="400"}': 1,
    'duet_ws_upgrades_rejected_total{status="403"}': 2,
    'duet_ws_upgrades_rejected_total{status="404"}': 1,
    'duet_ws_upgrades_rejected_total{status="429"}': 1,
  })
})

test('an address may open up to the socket limit; each close makes room for another', async () => {
  const { server, newClient } = await startServerFixture(
    { limits: { socketsPerAddress: 2 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
  const status = (address: string) => upgradeStatus(server.url, '/trpc', from(address).headers)
  const [ann, ben] = [newClient(from('2001:db8::1')), newClient(from('2001:db8::2'))]
  for (const one of [ann, ben]) await one.trpc.ice.servers.query()
  expect([await status('2001:db8::3'), await status('2001:db8:0:1::3')], 'another host in the same /64').toEqual([
    429, 101,
  ])
  const closed = once(ben.socket, 'close')
  await ben.close()
  await closed
  await expect.poll(() => status('2001:db8::3')).toBe(101)
})
