import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { binaryHeader, lineHeader } from '../../turn/proxyHeaders.ts'
import { makeCertificates } from '../certificates.ts'
import { readMetrics } from '../metricsReader.ts'
import { startServerFixture } from '../serverFixture.ts'
import { newJoinKey, TestClient } from '../testClient.ts'

const limits = { failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 }
const proxied = { DUET_PROXY_PROTOCOL: '127.0.0.1' }

/** Joins through a connection that begins with `header`. */
function clientThrough(
  open: () => Socket,
  header: Buffer,
  { isTls = false, headers = {} as Record<string, string> } = {},
): TestClient {
  const createConnection = (): Socket => {
    const socket = open()
    socket.write(header)
    return isTls ? connectTls({ socket, rejectUnauthorized: false }) : socket
  }
  const client = new TestClient(`${isTls ? 'https' : 'http'}://localhost`, { headers, createConnection })
  onTestFinished(() => client.close())
  return client
}

/** Two failed joins of one client exhaust its limit, and only its. */
async function expectLimitPerClient(newClient: (source: string) => TestClient): Promise<void> {
  for (let guess = 0; guess < 2; guess++)
    expect(await newClient('203.0.113.9').join('blue-door', { token: newJoinKey() }).rejected()).toBe('seat-lost')
  expect(await newClient('203.0.113.9').join('blue-door').rejected()).toBe('throttled')
  expect(await newClient('203.0.113.10').join('blue-door').joined()).toMatchObject({ seat: 'a' })
}

test.each([
  ['version 1, without TURN', 'off', lineHeader],
  ['version 2, without TURN', 'off', (source: string) => binaryHeader({ source })],
  ['version 2, with TURN at the web port', 'embedded', (source: string) => binaryHeader({ source })],
])('limits count for the client of a header: %s', async (_, turn, createHeader) => {
  const { server } = await startServerFixture({ limits }, { ...proxied, DUET_TURN: turn, DUET_TURN_PORT: '0' })
  const open = () => connect(server.port, '127.0.0.1')
  await expectLimitPerClient((source) => clientThrough(open, createHeader(source)))
})

test.each([
  ['with a limit of handshakes', {}],
  ['without one', { DUET_TRUSTED_PROXIES: '203.0.113.0/24' }],
])('limits count for the client below TLS, %s', async (_, settings) => {
  const { file, remove } = makeCertificates('one')
  const tls = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') }
  const { server } = await startServerFixture({ limits }, { ...proxied, ...tls, ...settings })
  remove()
  const open = () => connect(server.port, '127.0.0.1')
  await expectLimitPerClient((source) => clientThrough(open, binaryHeader({ source }), { isTls: true }))
})

test('limits count for the client at a Unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-proxy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'duet.sock')
  await startServerFixture({ limits }, { PORT: path, DUET_PROXY_PROTOCOL: 'unix' })
  await expectLimitPerClient((source) => clientThrough(() => connect(path), binaryHeader({ source })))
})

test('X-Forwarded-For of a client does not replace the address of the header', async () => {
  const { server } = await startServerFixture({ limits }, { ...proxied, DUET_TRUSTED_PROXIES: '127.0.0.1' })
  const open = () => connect(server.port, '127.0.0.1')
  let forged = 0
  await expectLimitPerClient((source) =>
    clientThrough(open, binaryHeader({ source }), { headers: { 'X-Forwarded-For': `198.51.100.${++forged}` } }),
  )
})

/** Resolves to all bytes until the server closes the connection. */
const readAnswer = (port: number, localAddress: string, request: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    connect({ port, host: '127.0.0.1', localAddress })
      .on('data', (chunk) => (text += String(chunk)))
      .on('close', () => resolve(text))
      .on('error', reject)
      .end(request)
  })

const get = Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')

test('only a proxy in DUET_PROXY_PROTOCOL may send a header, and it must', async () => {
  const { server } = await startServerFixture({}, proxied)
  const header = binaryHeader({ source: '203.0.113.9' })
  const ask = (localAddress: string, request: Buffer) => readAnswer(server.port, localAddress, request)
  expect(await ask('127.0.0.1', Buffer.concat([header, get]))).toMatch(/^HTTP\/1\.1 200 /)
  expect(await ask('127.0.0.1', get)).toBe('')
  expect(await ask('127.0.0.2', get)).toMatch(/^HTTP\/1\.1 200 /)
  expect(await ask('127.0.0.2', Buffer.concat([header, get]))).toMatch(/^HTTP\/1\.1 400 /)
})

test('by default a header of anyone is a malformed request', async () => {
  const { server } = await startServerFixture()
  expect(await readAnswer(server.port, '127.0.0.1', Buffer.concat([lineHeader('203.0.113.9'), get]))).toMatch(
    /^HTTP\/1\.1 400 /,
  )
})

test('connections of one client with one port are counted separately', async () => {
  const fixture = await startServerFixture({ limits: { plainConnectionsTotal: 10 } }, proxied)
  const sockets = Array.from({ length: 4 }, () => {
    const socket = connect(fixture.server.port, '127.0.0.1')
    socket.write(Buffer.concat([binaryHeader({ source: '203.0.113.9' }), get.subarray(0, 20)]))
    return socket
  })
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  await expect.poll(() => readMetrics(fixture)).toMatchObject({ duet_http_connections: 4 })
})
