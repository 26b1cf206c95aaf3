import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { ServerNames } from '../../../server/net/serverNames.ts'
import { makeCertificates } from '../certificates.ts'
import { httpGet } from '../httpGet.ts'
import { upgradeStatus } from '../frameClient.ts'
import { startServerFixture } from '../serverFixture.ts'

const names = new ServerNames(['https://duet.example.org', 'http://intranet:8000'], () => undefined, 'Den.lan')

test.each([
  '127.0.0.1',
  '192.0.2.7',
  '8.8.8.8',
  '[::1]',
  '[2001:db8::1]',
  'localhost',
  'duet.localhost',
  'den',
  'den.lan',
  'DEN.LAN',
  'den.lan.',
  'den.local',
  'duet.example.org',
  'intranet',
])('the server accepts the name %s', (name) => {
  expect(names.has(name)).toBe(true)
})

test.each([
  'rebound.example',
  'example.org',
  'a.duet.example.org',
  'duet.example.org.evil.example',
  'den.example',
  'localhost.example',
  '127.0.0.1.nip.io',
  'local',
  '',
  'lan',
])('the server rejects the name %j', (name) => {
  expect(names.has(name)).toBe(false)
})

test('the server accepts the names of its current certificate, including wildcards', () => {
  const { file, remove } = makeCertificates(
    { name: 'one', subjects: 'DNS:duet.example,DNS:*.call.example' },
    { name: 'other', subjects: 'DNS:new.example' },
  )
  onTestFinished(remove)
  let current = 'one'
  const certified = new ServerNames([], () => new X509Certificate(readFileSync(file(`${current}.crt`))), 'den')
  const asked = ['duet.example', 'a.call.example', 'call.example', 'a.b.call.example', 'new.example']
  expect(asked.map((name) => certified.has(name))).toEqual([true, true, false, false, false])
  current = 'other'
  expect(asked.map((name) => certified.has(name))).toEqual([false, false, false, false, true])
})

test.each(['/', '/r/blue-door', '/metrics', '/assets/main.js', '/addresses', '/trpc'])(
  'a request for %s with an unknown Host gets 421 and the name of the setting',
  async (path) => {
    const { server } = await startServerFixture()
    const { status, text, headers } = await httpGet(server.url, path, { Host: 'rebound.example:8000' })
    expect([status, headers['content-type']]).toEqual([421, 'text/plain; charset=utf-8'])
    expect(text).toMatch(
      /^This server does not answer to the name rebound\.example\. .*DUET_PUBLIC_URL.*https:\/\/rebound\.example[^\n]*\n$/,
    )
  },
)

test('a 421 response is HTML for Accept: text/html', async () => {
  const { server } = await startServerFixture()
  const { status, text, headers } = await httpGet(server.url, '/', { Host: 'duet.example', Accept: 'text/html,*/*' })
  expect([status, headers['content-type']]).toEqual([421, 'text/html; charset=utf-8'])
  expect(text).toMatch(/<h1>This server does not answer to the name duet\.example\.<\/h1>/)
  expect(text).toContain('DUET_PUBLIC_URL')
})

test('an upgrade with an unknown Host gets 421 with any Origin', async () => {
  const { server } = await startServerFixture()
  for (const Origin of ['http://rebound.example', server.url])
    expect(await upgradeStatus(server.url, '/trpc', { Host: 'rebound.example', Origin })).toBe(421)
})

test('/healthz and /readyz accept any Host', async () => {
  const { server } = await startServerFixture()
  for (const path of ['/healthz', '/readyz'])
    expect((await httpGet(server.url, path, { Host: 'anything.example' })).status).toBe(200)
})

test('the names of DUET_PUBLIC_URL, DUET_ALLOWED_ORIGINS and the hostname are accepted', async () => {
  const { server } = await startServerFixture(
    {},
    { DUET_PUBLIC_URL: 'https://duet.example', DUET_ALLOWED_ORIGINS: 'https://app.example' },
  )
  const statusOf = async (Host: string) => (await httpGet(server.url, '/healthz/', { Host })).status
  expect(
    await Promise.all(['duet.example', 'duet.example:443', 'app.example', hostname(), 'other.example'].map(statusOf)),
  ).toEqual([404, 404, 404, 404, 421])
  // A proxy may send another Host; the Origin of the page still matches DUET_PUBLIC_URL.
  const upgrades = [
    { Host: 'duet.example', Origin: 'https://duet.example' },
    { Host: '127.0.0.1:8000', Origin: 'https://duet.example' },
    { Host: '127.0.0.1:8000', Origin: 'https://other.example' },
  ]
  expect(await Promise.all(upgrades.map((headers) => upgradeStatus(server.url, '/trpc', headers)))).toEqual([
    101, 101, 403,
  ])
})

test.each([
  [400, {}, 'a b', undefined],
  [403, {}, '127.0.0.1', 'https://evil.example'],
  [421, {}, 'rebound.example', undefined],
  [404, { path: '/ws' }, '127.0.0.1', undefined],
])(
  'upgrades rejected with %i are logged once a minute with reason and count',
  async (status, { path = '/trpc' }: { path?: string }, Host, Origin) => {
    const { server, logLines, clock } = await startServerFixture()
    const lines = () =>
      logLines
        .map(
          (line) => JSON.parse(line) as { msg: string; status: number; count: number; reason: string; advice?: string },
        )
        .filter(({ msg }) => msg === 'request rejected')
    const ask = () => upgradeStatus(server.url, path, { Host, ...(Origin && { Origin }) })
    for (let time = 0; time < 5; time++) expect(await ask()).toBe(status)
    expect(lines()).toMatchObject([{ status, count: 1, reason: expect.stringMatching(/^.{10,}\.$/) as string }])
    clock.advance(61_000)
    expect(lines()).toMatchObject([{ count: 1 }, { status, count: 4 }])
    clock.advance(61_000)
    expect(await ask()).toBe(status)
    expect(lines().map(({ count }) => count)).toEqual([1, 4, 1])
    if (status !== 404) expect(lines()[0]?.advice).toMatch(/DUET_PUBLIC_URL|Host header/)
  },
)

test.each(['/trpc', '/trpc/0123abcd'])('a plain request of %s gets 426 with advice and is logged', async (path) => {
  const { server, logLines } = await startServerFixture()
  const { status, headers, text } = await httpGet(server.url, path, { Connection: 'close' })
  expect([status, headers.upgrade]).toEqual([426, 'websocket'])
  expect(text).toMatch(/Upgrade and Connection headers/)
  expect(logLines.some((line) => line.includes('"status":426') && line.includes('Upgrade and Connection'))).toBe(true)
})

test('a plain GET of /trpc gets the status of the rejected upgrade, so a page can read the cause', async () => {
  const { server } = await startServerFixture()
  const statuses = await Promise.all(
    ['http://elsewhere.example', server.url].map(
      async (Origin) => (await httpGet(server.url, '/trpc', { Connection: 'close', Origin })).status,
    ),
  )
  expect(statuses).toEqual([403, 426])
})
