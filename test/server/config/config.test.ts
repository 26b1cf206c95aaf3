import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../server/config/config.ts'
import { makeCertificates } from '../certificates.ts'

test('an empty environment yields the defaults', () => {
  expect(readConfig({})).toMatchObject({
    port: 8000,
    allowedOrigins: [],
    logLevel: 'info',
    turn: { mode: 'embedded', urls: [], options: { port: 3478 } },
  })
  expect(readConfig({}).host).toBeUndefined()
  expect(readConfig({}).tls).toBeUndefined()
})

test('settings are read; empty values count as absent; variables without a Duet prefix are ignored', () => {
  expect(
    readConfig({
      PORT: '0',
      HOST: '127.0.0.1',
      DUET_ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080',
      DUET_LOG_LEVEL: 'debug',
      DUET_TURN: 'off',
      DUET_REDIS_URL: '',
      PATH: '/bin',
      DUETTO: 'x',
    }),
  ).toMatchObject({
    port: 0,
    host: '127.0.0.1',
    allowedOrigins: ['https://a.example', 'http://b.example:8080'],
    logLevel: 'debug',
    turn: { mode: 'off' },
  })
})

test.each([
  ['PORT', 'http'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80.5'],
  ['PORT', '1e3'],
  ['PORT', 'run/duet.sock'],
  ['PORT', '/run/duet/'],
  ['PORT', `/${'a'.repeat(107)}`],
  ['DUET_SOCKET_MODE', '888'],
  ['DUET_REDIRECT_PORT', '80'],
  ['DUET_REDIRECT_PORT', 'on'],
  ['DUET_PROXY_PROTOCOL', 'proxy.example'],
  ['DUET_PROXY_PROTOCOL', '10.0.0.1,'],
  ['DUET_SOCKET_MODE', 'rw'],
  ['DUET_LOG_LEVEL', 'loud'],
  ['DUET_LOG_LEVEL', 'INFO'],
  ['DUET_ALLOWED_ORIGINS', 'example.org'],
  ['DUET_ALLOWED_ORIGINS', 'https://example.org/'],
  ['DUET_ALLOWED_ORIGINS', 'https://example.org:443'],
  ['DUET_ALLOWED_ORIGINS', '*'],
  ['DUET_ALLOWED_ORIGINS', 'null'],
  ['DUET_ALLOWED_ORIGINS', 'https://a.example,'],
  ['DUET_ALLOWED_ORIGINS', 'ftp://a.example'],
  ...[
    '*',
    'https:',
    'https://*',
    'https://*.org',
    'https://*:443',
    'example.org',
    'https://example.org/',
    'https://example.org/page',
    'https://example.org:443',
    'https://example.org:99999',
    'https://Example.org',
    'https://exämple.org',
    'https://me@example.org',
    'https://192.0.2.1',
    'https://[::1]',
    'https://a.*.example.org',
    'https://example.org;',
    'https://example.org "',
    'http://example.org',
    'http://*.localhost',
    'ftp://example.org',
    "'none'",
    'null',
    'https://a.example,',
  ].map((value) => ['DUET_FRAME_ANCESTORS', value]),
  ['DUET_TRUSTED_PROXIES', 'proxy.example'],
  ['DUET_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['DUET_TRUSTED_PROXIES', '10.0.0.1,'],
  ['DUET_TRUSTED_PROXIES', '10.0.0.1/8/8'],
  ['DUET_TRUSTED_PROXIES', '::1/129'],
  ['DUET_TRUSTED_PROXIES', 'fe80::1%eth0'],
  ['DUET_METRICS_ALLOW', '10.0.0.0/8'],
  ['DUET_PUBLIC_URL', 'duet.example'],
  ['DUET_PUBLIC_URL', 'https://duet.example/a b'],
  ['DUET_PUBLIC_URL', 'https://duet.example/check'],
  ['DUET_PUBLIC_URL', 'https://duet.example/r/duet'],
  ['DUET_PUBLIC_URL', 'https://duet.example/?a=1'],
  ['DUET_PUBLIC_URL', 'ftp://duet.example'],
  ['DUET_PUBLIC_URL', 'https://me@duet.example'],
  ['DUET_ADMIN', 'on'],
  ['DUET_ADMIN', '127.0.0.1'],
  ['DUET_ADMIN', '127.0.0.1:65536'],
  ['DUET_ADMIN', '::1:9464'],
  ['DUET_ADMIN', '[127.0.0.1]:9464'],
  ['DUET_ADMIN', 'http://127.0.0.1:9464'],
  ['DUET_SECRET', 'fifteen letters'],
  ['DUET_SECRET', 'a secret that is long enough,short'],
  ['DUET_SECRET', 'a secret that is long enough,'],
  ['DUET_SECRET', 'x'.repeat(32)],
  ['DUET_REDIS_URL', 'redis://localhost'],
  ['DUET_REDIS_URL', 'http://localhost'],
  ['DUET_REDIS_URL', 'localhost:6379'],
  ['DUET_REDIS_URL', '/run/redis/'],
  ['DUET_PORT', '8000'],
  ['DUET_TLS', 'yes'],
  ['DUET_TURN', 'on'],
  ['DUET_TURN_PORT', 'x'],
  ['DUET_TURN_PROT', '1'],
  ['DUET_TURN_URLS', 'http://example.org'],
])('%s=%s is rejected with one line that names the setting', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^(Unknown setting )?${name}\\b[^\\n]+$`))
})

test('DUET_FRAME_ANCESTORS accepts sources of CSP, and self without its quotes, which a shell removes', () => {
  const sources = ['https://a.example', 'https://*.b.example:8443', 'http://localhost:3000', 'http://127.0.0.1:*']
  expect(readConfig({ DUET_FRAME_ANCESTORS: ['self', ...sources].join() }).frameAncestors).toEqual([
    "'self'",
    ...sources,
  ])
  expect(readConfig({ DUET_FRAME_ANCESTORS: "'self'" }).frameAncestors).toEqual(["'self'"])
  expect(readConfig({}).frameAncestors).toEqual([])
  expect(() => readConfig({ DUET_FRAME_ANCESTORS: 'https://exämple.org' })).toThrow('https://xn--exmple-cua.org')
})

test('DUET_TRUSTED_PROXIES accepts addresses and CIDR ranges', () => {
  const { trustedProxies } = readConfig({ DUET_TRUSTED_PROXIES: '192.0.2.1, 2001:db8::/32' })
  const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8:1::1', '2001:db9::1', '', 'localhost']
  expect(addresses.map((address) => trustedProxies.has(address))).toEqual([true, false, true, false, false, false])
  expect(addresses.some((address) => readConfig({}).trustedProxies.has(address))).toBe(false)
})

test.each([
  [undefined, { host: '127.0.0.1', port: 9464, isDefault: true }],
  ['off', null],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0, isDefault: false }],
  ['9000', { host: '127.0.0.1', port: 9000, isDefault: false }],
  ['[::1]:9464', { host: '::1', port: 9464, isDefault: false }],
  ['localhost:9464', { host: 'localhost', port: 9464, isDefault: false }],
])('DUET_ADMIN=%s is parsed', (text, admin) => {
  expect(readConfig({ DUET_ADMIN: text }).admin).toEqual(admin)
})

test.each([
  ['https://duet.example', 'https://duet.example', 443, ''],
  ['https://duet.example/', 'https://duet.example', 443, ''],
  ['https://Duet.Example:443', 'https://duet.example', 443, ''],
  ['http://duet.example:8000/', 'http://duet.example:8000', 8000, ''],
  ['http://duet.example/duet', 'http://duet.example', 80, '/duet'],
  ['https://duet.example:8443/a/duet/', 'https://duet.example:8443', 8443, '/a/duet'],
])('DUET_PUBLIC_URL=%s has the origin %s, the port %i and the prefix "%s"', (text, origin, port, pathPrefix) => {
  const { host, hostname } = new URL(origin)
  const scheme = origin.startsWith('https') ? 'https' : 'http'
  expect(readConfig({ DUET_PUBLIC_URL: text }).publicUrl).toEqual({ origin, host, hostname, port, scheme, pathPrefix })
})

test('DUET_REDIS_URL is a list of URLs and paths; its error does not repeat a password', () => {
  const urls = ['rediss://duet:secret@192.0.2.1:6380/2', '/run/redis/redis.sock']
  const env = { DUET_REDIS_URL: urls.join(', '), DUET_SECRET: 'a secret that is long enough' }
  expect(readConfig(env).redisUrls).toEqual(urls)
  expect(readConfig({}).redisUrls).toBeUndefined()
  expect(() => readConfig({ DUET_REDIS_URL: 'redis//:password@192.0.2.1' })).toThrow(/^(?!.*password).*redis:/s)
})

test('the removed setting DUET_METRICS_ALLOW is rejected with a hint to DUET_ADMIN', () => {
  expect(() => readConfig({ DUET_METRICS_ALLOW: '10.0.0.0/8' })).toThrow(/DUET_ADMIN/)
})

test.each([
  [
    'DUET_STATE, before all others',
    { DUET_STATE: '/a', STATE_DIRECTORY: '/b', XDG_STATE_HOME: '/c', HOME: '/d' },
    '/a',
  ],
  [
    'the first folder of STATE_DIRECTORY (systemd)',
    { STATE_DIRECTORY: '/b:/e', XDG_STATE_HOME: '/c', HOME: '/d' },
    '/b',
  ],
  ['a subfolder of XDG_STATE_HOME', { XDG_STATE_HOME: '/c', HOME: '/d' }, '/c/duet'],
  ['the XDG default when XDG_STATE_HOME is relative', { XDG_STATE_HOME: 'c', HOME: '/d' }, '/d/.local/state/duet'],
  ['null without HOME', {}, null],
  ['null with DUET_STATE=off', { DUET_STATE: 'off', HOME: '/d' }, null],
])('the state folder is %s', (_, env, folder) => {
  expect(readConfig(env).stateDirectory).toBe(folder)
})

test('secrets are comma-separated, newest first', () => {
  expect(readConfig({ DUET_SECRET: 'a newer secret of sixteen, an older secret of sixteen' }).secrets).toEqual([
    'a newer secret of sixteen',
    'an older secret of sixteen',
  ])
  expect(readConfig({}).secrets).toEqual([])
})

test('DUET_TURN_URLS needs DUET_TURN_SECRET for turn: URLs, but not for stun: URLs', () => {
  expect(() => readConfig({ DUET_TURN_URLS: 'turn:turn.example:3478' })).toThrow(/^DUET_TURN_SECRET [^\n]+$/)
  expect(readConfig({ DUET_TURN_URLS: 'stun:stun.example:3478' }).turn.urls).toEqual(['stun:stun.example:3478'])
})

test.each([
  [{ DUET_TURN: 'off', DUET_TURN_HOST: 'turn.example' }, /^DUET_TURN_HOST .*DUET_TURN is off/],
  [{ DUET_TURN: 'off', DUET_TURN_WEB_PORT: 'on' }, /^DUET_TURN_WEB_PORT=on .*DUET_TURN is off/],
  [{ DUET_TURN_HOST: 'turn.example:3478' }, /^DUET_TURN_HOST: .*\(without a port\)/],
  [{ DUET_TURN_WEB_PORT: 'yes' }, /^DUET_TURN_WEB_PORT: .* auto, on, off/],
])('%j stops the start with one line', (env, line) => {
  expect(() => readConfig(env)).toThrow(line)
})

test('DUET_TURN_HOST accepts names and addresses; IPv6 gets brackets', () => {
  const hosts = ['turn.example', '203.0.113.5', '2001:db8::5', '[2001:db8::5]']
  expect(hosts.map((host) => readConfig({ DUET_TURN_HOST: host }).turn.iceHost)).toEqual([
    'turn.example',
    '203.0.113.5',
    '[2001:db8::5]',
    '[2001:db8::5]',
  ])
})

describe('certificates', () => {
  const { file, remove } = makeCertificates('one', 'other', {
    name: 'named',
    subjects: 'DNS:*.duet.example,IP:192.0.2.1',
  })
  writeFileSync(file('nonsense'), 'hello')
  afterAll(remove)

  test('a certificate and its key are read', () => {
    expect(
      readConfig({ DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') }).tls?.cert.toString(),
    ).toContain('BEGIN CERTIFICATE')
  })

  const named = { DUET_TLS_CERT: file('named.crt'), DUET_TLS_KEY: file('named.key') }

  test.each(['https://call.duet.example', 'https://192.0.2.1:8443'])(
    'DUET_PUBLIC_URL=%s fits the certificate',
    (url) => {
      expect(readConfig({ ...named, DUET_PUBLIC_URL: url }).publicUrl?.origin).toBe(url)
    },
  )

  test('a DUET_PUBLIC_URL that the certificate cannot serve is rejected, except behind a proxy', () => {
    const read = (url: string, more = {}) => readConfig({ ...named, DUET_PUBLIC_URL: url, ...more })
    expect(() => read('http://call.duet.example')).toThrow(/^DUET_PUBLIC_URL begins with http, .*DUET_TLS_CERT/)
    expect(() => read('https://other.example')).toThrow(
      /^DUET_PUBLIC_URL: the certificate .* not valid for other.example/,
    )
    expect(() => read('https://[2001:db8::1]')).toThrow(/not valid for 2001:db8::1/)
    expect(read('https://other.example', { DUET_TRUSTED_PROXIES: '127.0.0.1' }).publicUrl?.port).toBe(443)
  })

  test.each([
    ['a missing certificate file', 'none.crt', 'one.key', 'DUET_TLS_CERT'],
    ['a missing key file', 'one.crt', 'none.key', 'DUET_TLS_KEY'],
    ['an unset key', 'one.crt', null, 'DUET_TLS_KEY'],
    ['an unset certificate', null, 'one.key', 'DUET_TLS_CERT'],
    ['the key of another certificate', 'one.crt', 'other.key', 'DUET_TLS_KEY'],
    ['an invalid certificate', 'nonsense', 'one.key', 'DUET_TLS_CERT'],
    ['an invalid key', 'one.crt', 'nonsense', 'DUET_TLS_KEY'],
    ['a certificate as the key', 'one.crt', 'one.crt', 'DUET_TLS_KEY'],
    ['a folder', '.', 'one.key', 'DUET_TLS_CERT'],
  ])('%s is rejected with one line that names the setting', (_, cert, key, named) => {
    expect(() =>
      readConfig({ DUET_TLS_CERT: cert === null ? '' : file(cert), DUET_TLS_KEY: key === null ? '' : file(key) }),
    ).toThrow(new RegExp(`^${named}\\b[^\\n]+$`))
  })
})
