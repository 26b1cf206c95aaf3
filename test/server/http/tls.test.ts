import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { makeCertificates } from '../certificates.ts'
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
