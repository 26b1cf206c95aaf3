import { once } from 'node:events'
import { expect, test } from 'vitest'
import { readMetrics } from '../server/metricsReader.ts'
import { upgradeStatus } from '../server/frameClient.ts'
import { startServerFixture } from '../server/serverFixture.ts'
import { connectRaw, readUntilClosed, createUpgradeRequest } from './rawSocket.ts'

const host = 'duet.example:8000'
const own = 'http://duet.example:8000'
const env = { DUET_ALLOWED_ORIGINS: 'https://app.example.org', DUET_PUBLIC_URL: own }

/** Everything that is written to one who asks with these headers and waits. */
async function requestUpgrade(headers: string[]): Promise<string> {
  const { server } = await startServerFixture({}, env)
  const socket = await connectRaw(server.url)
  socket.write(createUpgradeRequest(headers))
  return readUntilClosed(socket)
}

test.each([
  ['another origin’s page', 'http://evil.example'],
  ['a page in a sandbox (Origin: null)', 'null'],
  ['an empty Origin', ''],
  ['a file', 'file://'],
  ['a host that begins like ours', `${own}.evil.example`],
  ['a host that ends like ours', 'http://evil-duet.example:8000'],
  ['a host under ours', 'http://www.duet.example:8000'],
  ['ours as another’s label', 'http://duet.example.evil.example:8000'],
  ['ours as another’s user', `${own}@evil.example`],
  ['ours with a user', 'http://evil@duet.example:8000'],
  ['ours with a trailing dot', 'http://duet.example.:8000'],
  ['ours in capitals, as no browser writes it', 'http://DUET.EXAMPLE:8000'],
  ['a Cyrillic look-alike', 'http://xn--uet-yed.example:8000'],
  ['the same not encoded', 'http://ԁuet.example:8000'],
  ['ours in wide letters', 'http://ｄｕｅｔ.example:8000'],
  ['another port', 'http://duet.example:8001'],
  ['no port', 'http://duet.example'],
  ['the port with a zero before', 'http://duet.example:08000'],
  ['another scheme', 'https://duet.example:8000'],
  ['the scheme of sockets', 'ws://duet.example:8000'],
  ['no scheme', host],
  ['a path', `${own}/`],
  ['a query', `${own}?`],
  ['a list', `${own} http://evil.example`],
  ['a list with a comma', `${own}, ${own}`],
  ['a listed origin’s look-alike', 'https://app.example.org.evil.example'],
  ['the listed one without TLS', 'http://app.example.org'],
  ['the listed one at another port', 'https://app.example.org:8443'],
  ['the listed one with a trailing dot', 'https://app.example.org.'],
])('%s opens the WebSocket (%j): 403 before the upgrade', async (_, origin) => {
  const answer = await requestUpgrade([`Host: ${host}`, `Origin: ${origin}`])
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
  expect(answer).not.toMatch(/101|Sec-WebSocket|Switching/)
})

test('two Origins are none, even if one is ours', async () => {
  for (const other of [own, 'http://evil.example']) {
    expect(await requestUpgrade([`Host: ${host}`, `Origin: ${own}`, `Origin: ${other}`])).toMatch(/^HTTP\/1\.1 403 /)
  }
})

test('what is sent along with the request for an upgrade that is refused is not read', async () => {
  const { server, logLines } = await startServerFixture({}, env)
  const socket = await connectRaw(server.url)
  socket.write(
    `${createUpgradeRequest([`Host: ${host}`, 'Origin: null'])}\x81\x80\0\0\0\0GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  )
  expect((await readUntilClosed(socket)).match(/HTTP\/1\.1/g)).toHaveLength(1)
  expect(
    logLines.map((line) => JSON.parse(line) as { level: number; msg: string }).filter(({ level }) => level >= 40),
  ).toMatchObject([{ msg: 'request rejected', status: 403, count: 1 }])
})

test.each([
  ['our own page', { Host: host, Origin: own }],
  ['a listed site', { Host: host, Origin: 'https://app.example.org' }],
  ['our own page at the usual port', { Host: 'duet.example', Origin: 'http://duet.example' }],
  ['the usual port as a proxy may write it', { Host: 'duet.example:80', Origin: 'http://duet.example' }],
  ['a host in capitals', { Host: 'DUET.example:8000', Origin: own }],
  ['our own page at a host with a trailing dot', { Host: 'duet.example.', Origin: 'http://duet.example.' }],
  // What is no browser can say anything; the check is there for people whose browser says the truth about a page that is not ours.
  ['no browser, which sends no Origin', { Host: host }],
])('%s may', async (_, headers) => {
  const { server } = await startServerFixture({}, env)
  expect(await upgradeStatus(server.url, '/trpc', headers)).toBe(101)
})

test('who is turned away is counted', async () => {
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

test('an address has so many sockets and not one more; each that closes makes room', async () => {
  const { server, newClient } = await startServerFixture(
    { limits: { socketsPerAddress: 2 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.1' },
  )
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
  const status = (address: string) => upgradeStatus(server.url, '/trpc', from(address).headers)
  const [ann, ben] = [newClient(from('2001:db8::1')), newClient(from('2001:db8::2'))]
  for (const one of [ann, ben]) await one.trpc.ice.servers.query()
  expect([await status('2001:db8::3'), await status('2001:db8:0:1::3')], 'the same /64, another').toEqual([429, 101])
  const closed = once(ben.socket, 'close')
  await ben.close()
  await closed
  await expect.poll(() => status('2001:db8::3')).toBe(101)
})
