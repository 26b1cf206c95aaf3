import { once } from 'node:events'
import { get } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { makeCertificates } from '../certificates.ts'
import { readMetrics } from '../metricsReader.ts'
import { startServerFixture, type ServerFixture } from '../serverFixture.ts'

/** Floods of TLS handshakes at the web port. Each address of 127.0.0.0/8 is a network of its own. */

const [flooder, victim] = ['127.0.0.2', '127.0.0.1']
const tlsHandshakesPerAddress = 20
const limits = { tlsHandshakesPerAddress, tlsHandshakesPerSecond: 0 }

function startHttps(env: Record<string, string> = {}): Promise<ServerFixture> {
  const { file, remove } = makeCertificates('one')
  onTestFinished(remove)
  return startServerFixture({ limits }, { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key'), ...env })
}

/** Opens a TLS connection. Resolves to the number of bytes that the server has sent: 0 without a handshake. */
async function handshake({ server: { port } }: ServerFixture, localAddress: string): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const tls = connectTls({ socket, rejectUnauthorized: false })
  onTestFinished(() => void tls.destroy())
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined)
    tls
      .on('error', () => undefined)
      .on('close', resolve)
      .on('secureConnect', resolve)
  })
  return socket.bytesRead
}

const flood = (fixture: ServerFixture, count: number): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, () => handshake(fixture, flooder)))

const requestPage = ({ server: { port } }: ServerFixture, localAddress: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(
      { port, host: '127.0.0.1', path: '/healthz', localAddress, rejectUnauthorized: false, agent: false },
      (response) => resolve(response.resume().statusCode),
    ).on('error', reject)
  })

test('a flood of TLS handshakes from one address is closed without a byte of TLS; another address gets its page', async () => {
  const fixture = await startHttps()
  const bytes = await flood(fixture, 60)
  expect(bytes.filter((count) => count > 0)).toHaveLength(tlsHandshakesPerAddress)
  expect(await requestPage(fixture, victim)).toBe(200)
  await expect(requestPage(fixture, flooder)).rejects.toThrow()
  expect(await readMetrics(fixture)).toMatchObject({ duet_tls_handshakes_rejected_total: 41 })
  const logged = fixture.logLines
    .map((line) => JSON.parse(line) as { msg: string })
    .filter(({ msg }) => /rejected/.test(msg))
  expect(logged).toMatchObject([
    { msg: 'request rejected', status: 429, count: 1, reason: 'This address opens TLS connections too fast.' },
  ])
})

test('TLS handshakes of a trusted proxy have no limit', async () => {
  const fixture = await startHttps({ DUET_TRUSTED_PROXIES: flooder })
  expect((await flood(fixture, 30)).filter((count) => count > 0)).toHaveLength(30)
  expect(await readMetrics(fixture)).toMatchObject({ duet_tls_handshakes_rejected_total: 0 })
})

test('connections without a ClientHello take no handshake of their address', async () => {
  const fixture = await startHttps()
  for (const bytes of ['', '\x16', '\x16\x03\x01\x02\0\x01']) {
    const sockets = Array.from({ length: 20 }, () =>
      connect({ port: fixture.server.port, host: '127.0.0.1', localAddress: flooder }),
    )
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) {
      onTestFinished(() => void socket.destroy())
      socket.write(bytes)
    }
  }
  expect(await requestPage(fixture, flooder)).toBe(200)
})

test('without TLS the web port has no limit of handshakes', async () => {
  const fixture = await startServerFixture({ limits: { ...limits, tlsHandshakesPerAddress: 1 } })
  const statuses = await Promise.all(
    Array.from({ length: 10 }, async () => (await fetch(`${fixture.server.url}/healthz`)).status),
  )
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(Object.keys(await readMetrics(fixture))).not.toContain('duet_tls_handshakes_rejected_total')
})
