import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { makeCertificates } from '../certificates.ts'
import { httpGet } from '../httpGet.ts'
import { readMetrics } from '../metricsReader.ts'
import { startServerFixture } from '../serverFixture.ts'

test('with a certificate the server uses HTTPS, HSTS and WSS', async () => {
  const { file, remove } = makeCertificates('one')
  const { server, newClient } = await startServerFixture(
    {},
    { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') },
  )
  remove()
  expect(server.url).toMatch(/^https:/)
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    get(`${server.url}/`, { rejectUnauthorized: false }, (response) => resolve({ ...response.resume().headers })).on(
      'error',
      reject,
    )
  })
  expect(headers['strict-transport-security']).toMatch(/^max-age=\d+/)
  expect(headers['content-security-policy']).toContain(`connect-src 'self' ${server.adminUrl};`)

  const own = newClient({ rejectUnauthorized: false, headers: { Origin: server.url } })
  expect(await own.join('blue-door').joined()).toMatchObject({ seat: 'a' })
})

test('http at the port of https is redirected to the same path, at a name of the server only', async () => {
  const { file, remove } = makeCertificates({ name: 'one', subjects: 'DNS:call.example' })
  const tls = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') }
  const { server } = await startServerFixture({}, tls)
  const plainUrl = server.url.replace('https', 'http')
  const { port } = server
  const redirect = await httpGet(plainUrl, '/r/blue-door?relay=1', { Host: `call.example:${port}` })
  expect([redirect.status, redirect.headers.location, redirect.headers['cache-control']]).toEqual([
    307,
    `https://call.example:${port}/r/blue-door?relay=1`,
    'no-store',
  ])
  expect((await httpGet(plainUrl, '//evil.example/', { Host: 'call.example' })).headers.location).toBe(
    'https://call.example/',
  )
  expect(await httpGet(plainUrl, '/', { Host: 'evil.example' })).toMatchObject({
    status: 421,
    headers: expect.not.objectContaining({ location: expect.anything() as unknown }) as object,
  })

  const behind = await startServerFixture({}, { ...tls, DUET_PUBLIC_URL: 'https://call.example:8443' })
  const { headers } = await httpGet(behind.server.url.replace('https', 'http'), '/check')
  expect(headers.location).toBe('https://call.example:8443/check')
  remove()
})

/** The port of the redirect, from the log. */
const readRedirectPort = (logLines: readonly string[]): number =>
  (JSON.parse(logLines.find((line) => line.includes('redirecting http')) ?? '{}') as { port: number }).port

test('DUET_REDIRECT_PORT redirects http to the port of https, at a name of the server only', async () => {
  const { file, remove } = makeCertificates({ name: 'one', subjects: 'DNS:call.example' })
  const tls = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key'), DUET_REDIRECT_PORT: '0' }
  const { server, logLines } = await startServerFixture({}, tls)
  const url = `http://127.0.0.1:${readRedirectPort(logLines)}`
  const { status, headers } = await httpGet(url, '/r/blue-door?relay=1', { Host: 'call.example' })
  expect([status, headers.location]).toEqual([307, `https://call.example:${server.port}/r/blue-door?relay=1`])
  expect((await httpGet(url, '/', { Host: 'evil.example' })).status).toBe(421)

  const behind = await startServerFixture({}, { ...tls, DUET_PUBLIC_URL: 'https://call.example' })
  remove()
  const behindUrl = `http://127.0.0.1:${readRedirectPort(behind.logLines)}`
  expect((await httpGet(behindUrl, '/check')).headers.location).toBe('https://call.example/check')
  await behind.server.close()
  await expect(httpGet(behindUrl, '/check')).rejects.toThrow('ECONNREFUSED')
})

test('DUET_REDIRECT_PORT that is in use stops the start', async () => {
  const { file, remove } = makeCertificates('one')
  const other = await startServerFixture()
  const settings = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') }
  await expect(startServerFixture({}, { ...settings, DUET_REDIRECT_PORT: String(other.server.port) })).rejects.toThrow(
    /^DUET_REDIRECT_PORT: \d+ is in use on 127\.0\.0\.1\./,
  )
  remove()
})

test('a flood of http at the port of https is limited like one of handshakes, and other bytes are closed', async () => {
  const { file, remove } = makeCertificates('one')
  const { server } = await startServerFixture(
    { limits: { tlsHandshakesPerAddress: 5, tlsHandshakesPerSecond: 0.001 } },
    { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') },
  )
  remove()
  const answer = (bytes: string | Buffer) =>
    new Promise<string>((resolve) => {
      let text = ''
      connect(server.port, '127.0.0.1')
        .on('data', (chunk) => (text += String(chunk)))
        .on('error', () => undefined)
        .on('close', () => resolve(text.slice(0, 12)))
        .write(bytes)
    })
  expect(await answer(Buffer.from([0, 1, 2, 3]))).toBe('')
  const answers: string[] = []
  for (let i = 0; i < 7; i++) answers.push(await answer('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  expect(answers).toEqual([...Array<string>(5).fill('HTTP/1.1 307'), '', ''])
})

test('after a reload the server accepts the names of the new certificate only', async () => {
  const { file, remove } = makeCertificates(
    { name: 'old', subjects: 'DNS:old.example' },
    { name: 'new', subjects: 'DNS:new.example' },
  )
  const settings = { DUET_TLS_CERT: file('old.crt'), DUET_TLS_KEY: file('old.key') }
  const { server } = await startServerFixture({}, settings)
  const statusOf = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get(`${server.url}/`, { rejectUnauthorized: false, agent: false, headers: { Host: host } }, (response) =>
        resolve(response.resume().statusCode),
      ).on('error', reject)
    })
  const refused = async () =>
    Object.fromEntries(
      await Promise.all(['old.example', 'new.example'].map(async (host) => [host, (await statusOf(host)) === 421])),
    )
  expect(await refused()).toEqual({ 'old.example': false, 'new.example': true })

  for (const kind of ['crt', 'key']) copyFileSync(file(`new.${kind}`), file(`old.${kind}`))
  server.reload(settings)
  await expect.poll(refused).toEqual({ 'old.example': true, 'new.example': false })
  remove()
})

test('above the limit the oldest connection without a finished TLS handshake is closed', async () => {
  const { file, remove } = makeCertificates('one')
  const fixture = await startServerFixture(
    { limits: { plainConnectionsTotal: 4 } },
    { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') },
  )
  remove()
  const { port, url } = fixture.server
  const silent = Array.from({ length: 12 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  await Promise.all(silent.map((socket) => socket.connecting && once(socket, 'connect')))
  await expect.poll(async () => (await readMetrics(fixture)).duet_http_connections_evicted_total).toBe(8)
  const status = await new Promise((resolve, reject) => {
    get(`${url}/healthz`, { rejectUnauthorized: false, agent: false }, (response) =>
      resolve(response.resume().statusCode),
    ).on('error', reject)
  })
  expect(status).toBe(200)
  expect(await readMetrics(fixture)).toMatchObject({ duet_http_connections_evicted_total: 9 })
  for (const socket of silent) socket.destroy()
})
