import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { httpGet } from '../httpGet.ts'
import { openServerFixture, startServerFixture, type ServerFixture } from '../serverFixture.ts'

const script = 'document.title = "Duet"'
const html = `<!doctype html><script type="module" src="/assets/main-abc.js"></script><script>${script}</script>`
let pages: string
let fixture: ServerFixture

beforeAll(async () => {
  pages = mkdtempSync(join(tmpdir(), 'duet-pages-'))
  mkdirSync(join(pages, 'assets'))
  const files = {
    'index.html': html,
    'index.html.br': 'brotli',
    'assets/main-abc.js': 'let a',
    'assets/main-abc.js.br': 'br',
    'assets/main-abc.js.gz': 'gz',
    'duet.svg': '<svg/>',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(pages, name), text)
  fixture = await openServerFixture({ pagesDirectory: pages })
})
afterAll(async () => {
  await fixture.close()
  rmSync(pages, { recursive: true })
})

test.each([
  '/',
  '/?relay=1',
  '/check',
  '/check/',
  '/Check',
  '/machines',
  '/index.html',
  '/r/blue-door',
  '/r/blue-door/',
  '/R/blue-door',
  '//r//blue-door',
  '/r/blue-door.',
  '/r/blue-door?relay=1&inspect=1',
  '/r/%E4%BD%A0%E5%A5%BD',
  '/r/%zz',
])('%s serves the page with Cache-Control: no-cache', async (path) => {
  const { status, headers, text } = await httpGet(fixture.server.url, path)
  expect([status, text, headers['cache-control']]).toEqual([200, html, 'no-cache'])
  expect(headers['content-type']).toBe('text/html;charset=utf-8')
})

test.each(['/r', '/r/', '/r/a/b', '/rooms', '//example.org/welcome', '/metrics', '/a/b/c'])(
  '%s serves the page with status 404',
  async (path) => {
    const { status, headers, text } = await httpGet(fixture.server.url, path)
    expect([status, text, headers['cache-control'], headers['content-type']]).toEqual([
      404,
      html,
      'no-store',
      'text/html;charset=utf-8',
    ])
  },
)

test.each([
  '/nothing.js',
  '/assets/',
  '/assets/main-old.js',
  '/assets/main-abc.js.br',
  '/trpc/',
  '/trpc/room.join',
  '/trpc/0123abc',
  '/../package.json',
  '/%2e%2e/package.json',
  '/..%2fpackage.json',
  '/.git/config.js',
  '/index.php',
  '/index.html.br',
  '/favicon.ico',
])('%s gets a plain-text 404 with Cache-Control: no-store', async (path) => {
  const { status, headers, text } = await httpGet(fixture.server.url, path)
  expect([status, text, headers['cache-control']]).toEqual([404, 'not found\n', 'no-store'])
  expect(headers['content-security-policy']).toBeDefined()
})

test('a missing file requested with Accept: text/html gets the page with status 404', async () => {
  const accept = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  expect(await httpGet(fixture.server.url, '/index.php', accept)).toMatchObject({ status: 404, text: html })
  expect(await httpGet(fixture.server.url, '/assets/main-old.js', accept)).toMatchObject({
    status: 404,
    text: 'not found\n',
  })
})

test.each(['h2c', 'TLS/1.0', 'foo, bar'])('an Upgrade header with %s is ignored', async (protocol) => {
  const offer = {
    Connection: 'Upgrade, HTTP2-Settings',
    Upgrade: protocol,
    'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
  }
  expect(await httpGet(fixture.server.url, '/check', offer)).toMatchObject({
    status: 200,
    text: html,
    headers: { connection: 'close' },
  })
  expect(await httpGet(fixture.server.url, '/healthz', offer)).toMatchObject({ status: 200, text: 'ok\n' })
  expect((await httpGet(fixture.server.url, '/trpc', offer)).status).toBe(426)
})

test('files with a hash in their name are cached as immutable, other files with no-cache', async () => {
  expect((await httpGet(fixture.server.url, '/assets/main-abc.js')).headers['cache-control']).toBe(
    'public, max-age=31536000, immutable',
  )
  expect((await httpGet(fixture.server.url, '/duet.svg')).headers['cache-control']).toBe('no-cache')
})

test.each([
  ['br', 'br', 'br'],
  ['gzip', 'gzip', 'gz'],
  ['gzip, deflate, br, zstd', 'br', 'br'],
  ['identity', undefined, 'let a'],
  ['', undefined, 'let a'],
  ['br;q=0', undefined, 'let a'],
  ['br;q=0.1, gzip;q=0.9', 'gzip', 'gz'],
  ['*', 'br', 'br'],
  ['*;q=0', undefined, 'let a'],
  ['BR', 'br', 'br'],
  ['br;q=0, *', 'gzip', 'gz'],
  ['br ; q=0 , gzip ; q=0.5', 'gzip', 'gz'],
  ['br;q=high', undefined, 'let a'],
  // No coding is acceptable. RFC 9110 §12.5.3 allows any response.
  ['identity;q=0', undefined, 'let a'],
  [`${'x,'.repeat(100)}br`, undefined, 'let a'],
])('Accept-Encoding: %s gets Content-Encoding: %s', async (accepted, encoding, text) => {
  const got = await httpGet(fixture.server.url, '/assets/main-abc.js', { 'Accept-Encoding': accepted })
  expect([got.headers['content-encoding'], got.text, got.headers.vary]).toEqual([encoding, text, 'Accept-Encoding'])
  expect(got.headers['content-type']).toMatch(/javascript/)
})

test('the page is compressed, and a matching If-None-Match gets 304', async () => {
  const { headers, text } = await httpGet(fixture.server.url, '/r/x', { 'Accept-Encoding': 'br' })
  expect([headers['content-encoding'], headers['content-type'], text]).toEqual([
    'br',
    'text/html;charset=utf-8',
    'brotli',
  ])
  for (const tag of [headers.etag, `W/${headers.etag}`, `"another", ${headers.etag}`, '*']) {
    expect(
      await httpGet(fixture.server.url, '/r/x', { 'Accept-Encoding': 'br', 'If-None-Match': tag ?? '' }),
      tag,
    ).toMatchObject({
      status: 304,
      text: '',
      headers: { etag: headers.etag, vary: 'Accept-Encoding', 'cache-control': 'no-cache' },
    })
  }
  expect(
    (await httpGet(fixture.server.url, '/r/x', { 'Accept-Encoding': 'gzip', 'If-None-Match': headers.etag ?? '' }))
      .status,
    'the tag of another encoding',
  ).toBe(200)
  expect((await httpGet(fixture.server.url, '/r/', { 'If-None-Match': '*' })).status, 'a path without a page').toBe(404)
})

test.each(['bytes=5-2', 'bytes=0-0', 'bytes=-5', 'bytes=9999-', 'lines=1-2'])(
  'the range %s is ignored',
  async (range) => {
    expect(await httpGet(fixture.server.url, '/assets/main-abc.js', { Range: range })).toMatchObject({
      status: 200,
      text: 'let a',
    })
  },
)

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s gets 405', async (method) => {
  expect(await httpGet(fixture.server.url, '/', {}, method)).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD' },
  })
})

test('HEAD and Range keep the content coding', async () => {
  const accepted = { 'Accept-Encoding': 'br' }
  expect(await httpGet(fixture.server.url, '/assets/main-abc.js', accepted, 'HEAD')).toMatchObject({
    status: 200,
    text: '',
    headers: { 'content-encoding': 'br', 'content-length': '2' },
  })
  expect(await httpGet(fixture.server.url, '/assets/main-abc.js', { ...accepted, Range: 'bytes=0-0' })).toMatchObject({
    status: 200,
    text: 'br',
    headers: { 'content-encoding': 'br' },
  })
})

test('HEAD gets the headers without a body', async () => {
  expect(await httpGet(fixture.server.url, '/', {}, 'HEAD')).toMatchObject({
    status: 200,
    text: '',
    headers: { 'content-length': String(html.length) },
  })
})

describe('security headers', () => {
  const policy = async (headers = {}): Promise<Map<string, string>> => {
    const got = await httpGet(fixture.server.url, '/', headers)
    return new Map(
      (got.headers['content-security-policy'] ?? '')
        .split('; ')
        .map((rule) => [rule.split(' ')[0] ?? '', rule.slice(rule.indexOf(' ') + 1)]),
    )
  }

  test('the content security policy denies by default and has no wildcard', async () => {
    const rules = await policy()
    expect(rules.get('default-src')).toBe("'none'")
    expect(rules.get('script-src')).toBe(`'self' 'sha256-${createHash('sha256').update(script).digest('base64')}'`)
    expect(rules.get('style-src')).toBe("'self'")
    expect(rules.get('img-src')).toBe("'self' data: blob:")
    expect(rules.get('media-src')).toContain('blob: mediastream:')
    expect(rules.get('connect-src')).toBe(`'self' ${fixture.server.adminUrl}`)
    expect([rules.get('frame-ancestors'), rules.get('base-uri'), rules.get('form-action')]).toEqual([
      "'none'",
      "'none'",
      "'self'",
    ])
    expect([...rules.values()].join()).not.toMatch(/unsafe|\*/)
  })

  test('the content security policy does not depend on the Host header, so responses are cacheable', async () => {
    const policies = await Promise.all(
      ['localhost', '127.0.0.1:8000', '[::1]', 'a.localhost'].map((host) => policy({ Host: host })),
    )
    expect(new Set(policies.map((rules) => JSON.stringify([...rules]))).size).toBe(1)
  })

  test('the page sets the other security headers, and no HSTS over HTTP', async () => {
    const { headers } = await httpGet(fixture.server.url, '/r/secret-name')
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['strict-transport-security']).toBeUndefined()
    for (const feature of [
      'camera',
      'microphone',
      'display-capture',
      'fullscreen',
      'picture-in-picture',
      'speaker-selection',
    ]) {
      expect(headers['permissions-policy']).toContain(`${feature}=(self)`)
    }
    expect(headers['permissions-policy']).toContain('geolocation=()')
  })
})

test('a connection with 500 pipelined requests is closed after 64 responses', async () => {
  const socket = connect(fixture.server.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write('GET /duet.svg HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500))
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString()
  expect([text.match(/HTTP\/1\.1 200 OK/g)?.length, text.match(/Connection: close/g)?.length]).toEqual([64, 1])
})

test('the public port serves /healthz and /readyz', async () => {
  expect(await httpGet(fixture.server.url, '/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
  expect(await httpGet(fixture.server.url, '/readyz')).toMatchObject({ status: 200, text: 'ready\n' })
})

test('a running server serves the files of its start after they were replaced or removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-pages-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  for (const [name, text] of [
    ['index.html', html],
    ['assets/main-abc.js', 'let a'],
    ['assets/main-abc.js.br', 'br'],
  ] as const)
    writeFileSync(join(folder, name), text)
  const { server } = await startServerFixture({ pagesDirectory: folder })
  writeFileSync(join(folder, 'index.html'), 'a longer page of the next version'.repeat(100))
  writeFileSync(join(folder, 'assets/main-abc.js.br'), 'longer')
  rmSync(join(folder, 'assets/main-abc.js'))
  const answers = await Promise.all([
    httpGet(server.url, '/'),
    httpGet(server.url, '/assets/main-abc.js'),
    httpGet(server.url, '/assets/main-abc.js', { 'Accept-Encoding': 'br' }),
  ])
  expect(answers.map(({ status, text }) => [status, text])).toEqual([
    [200, html],
    [200, 'let a'],
    [200, 'br'],
  ])
})

test('with a path in DUET_PUBLIC_URL, the page names its files below it, and both forms of a path are served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-pages-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'assets/app.js'), 'let a')
  writeFileSync(join(folder, 'index.html'), '<link href="./duet.svg"><script src="./assets/app.js"></script>')
  const start = async (env: Record<string, string>) =>
    (await startServerFixture({ pagesDirectory: folder }, env)).server.url
  const url = await start({ DUET_PUBLIC_URL: 'https://example.org/a/duet/' })
  const page = '<link href="/a/duet/duet.svg"><script src="/a/duet/assets/app.js"></script>'
  for (const path of ['/a/duet', '/a/duet?relay=1', '/a/duet/', '/a/duet/r/blue-door', '/', '/r/blue-door'])
    expect(await httpGet(url, path)).toMatchObject({ status: 200, text: page })
  for (const path of ['/a/duets', '/a', '/b/duet/']) expect((await httpGet(url, path)).status).toBe(404)
  for (const path of ['/a/duet/assets/app.js', '/assets/app.js'])
    expect(await httpGet(url, path)).toMatchObject({ status: 200, text: 'let a' })
  expect(await httpGet(url, '/a/duet/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
  const { headers } = await httpGet(url, '/', { 'Accept-Encoding': 'br' })
  expect([headers['content-encoding'], Number(headers['content-length'])]).toEqual([
    'br',
    brotliCompressSync(page).length,
  ])
  expect((await httpGet(await start({}), '/r/blue-door')).text).toContain('src="/assets/app.js"')
})

test('with a path in DUET_PUBLIC_URL, both forms of the WebSocket path are accepted', async () => {
  const { server } = await startServerFixture({}, { DUET_PUBLIC_URL: 'https://example.org/duet' })
  for (const path of ['/duet/trpc', '/trpc', '/duet/trpc/0123abcd', '/trpc/0123abcd']) {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, {
      headers: { Origin: 'https://example.org' },
    })
    await once(socket, 'open')
    socket.terminate()
  }
})

test('without built pages the server answers 503 and names the build command', async () => {
  const { server } = await startServerFixture()
  expect(await httpGet(server.url, '/r/blue-door')).toMatchObject({
    status: 503,
    text: expect.stringContaining('npm run build') as string,
  })
  expect((await httpGet(server.url, '/assets/main.js')).status).toBe(404)
})
