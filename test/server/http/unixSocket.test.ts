import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, request } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { listenUnix } from '../../../server/http/unixSocket.ts'
import { readMetrics } from '../metricsReader.ts'
import { startServerFixture } from '../serverFixture.ts'
import { newJoinKey, TestClient } from '../testClient.ts'

const folder = mkdtempSync(join(tmpdir(), 'duet-socket-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** @returns the status of `/healthz` */
const getHealth = (socketPath: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ socketPath, path: '/healthz' }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })

function clientAt(path: string, headers: Record<string, string>): TestClient {
  const client = new TestClient('http://localhost', { headers, createConnection: () => connect(path) })
  onTestFinished(() => client.close())
  return client
}

const limits = { failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 }

test('the web port is a Unix socket for its group, and is removed at the stop', async () => {
  const path = join(folder, 'group.sock')
  const { server } = await startServerFixture({}, { PORT: path })
  expect(server).toMatchObject({ url: `unix:${path}`, port: 0, lanUrls: [] })
  expect(statSync(path).mode & 0o777).toBe(0o660)
  expect(await getHealth(path)).toBe(200)
  await server.close()
  expect(existsSync(path)).toBe(false)
})

test('DUET_SOCKET_MODE sets the permissions', async () => {
  const path = join(folder, 'mode.sock')
  await startServerFixture({}, { PORT: path, DUET_SOCKET_MODE: '600' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('the client address comes from X-Forwarded-For, without DUET_TRUSTED_PROXIES', async () => {
  const path = join(folder, 'address.sock')
  await startServerFixture({ limits }, { PORT: path })
  const from = (address: string) => clientAt(path, { 'X-Forwarded-For': address })
  for (let guess = 0; guess < 2; guess++)
    expect(await from('203.0.113.9').join('blue-door', { token: newJoinKey() }).rejected()).toBe('seat-lost')
  expect(await from('198.51.100.1, 203.0.113.9').join('blue-door').rejected()).toBe('throttled')
  expect(await from('203.0.113.10').join('blue-door').joined()).toMatchObject({ seat: 'a' })
})

test('clients of a proxy that sends no X-Forwarded-For share one limit', async () => {
  const path = join(folder, 'shared.sock')
  await startServerFixture({ limits }, { PORT: path })
  for (let guess = 0; guess < 2; guess++)
    expect(await clientAt(path, {}).join('blue-door', { token: newJoinKey() }).rejected()).toBe('seat-lost')
  expect(await clientAt(path, {}).join('blue-door').rejected()).toBe('throttled')
})

test('connections without an address are counted separately', async () => {
  const path = join(folder, 'count.sock')
  const { server } = await startServerFixture({}, { PORT: path })
  const sockets = [connect(path), connect(path), connect(path)]
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  expect(await getHealth(path)).toBe(200)
  const { duet_http_connections: open } = await readMetrics({ server })
  expect(open).toBeGreaterThanOrEqual(3)
})

/** Leaves the socket of a killed process. */
function leaveStaleSocket(path: string): void {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  expect(() => execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' })).toThrow()
  expect(statSync(path).isSocket()).toBe(true)
}

test('the socket of a killed server is replaced', async () => {
  const path = join(folder, 'stale.sock')
  leaveStaleSocket(path)
  await startServerFixture({}, { PORT: path })
  expect(await getHealth(path)).toBe(200)
})

test('of two servers that start at a stale socket, one serves it', async () => {
  const path = join(folder, 'race.sock')
  leaveStaleSocket(path)
  const servers = [createHttpServer(), createHttpServer()]
  onTestFinished(() => servers.forEach((server) => server.close()))
  const results = await Promise.allSettled(servers.map((server) => listenUnix(server, { path, mode: 0o600 })))
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('a path that the system would cut off is an error', async () => {
  const path = join(folder, 'long'.repeat(30))
  await expect(listenUnix(createHttpServer(), { path, mode: 0o600 })).rejects.toThrow(
    /^PORT: a path of a socket may have \d+ bytes\./,
  )
  expect(existsSync(path.slice(0, 107))).toBe(false)
})

test('a socket that a process serves stays', async () => {
  const path = join(folder, 'used.sock')
  const other = createServer((socket) => socket.end()).listen(path)
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  await expect(startServerFixture({}, { PORT: path })).rejects.toThrow(`PORT: the socket ${path} is in use.`)
  expect(statSync(path).isSocket()).toBe(true)
})

test('a file at the path stays', async () => {
  const path = join(folder, 'file')
  writeFileSync(path, 'kept')
  await expect(startServerFixture({}, { PORT: path })).rejects.toThrow(`PORT: ${path} is not a socket.`)
  expect(statSync(path).size).toBe(4)
})

test('a missing folder is an error of one line', async () => {
  await expect(startServerFixture({}, { PORT: join(folder, 'none/duet.sock') })).rejects.toThrow(
    /^PORT: cannot create the socket .*none\/duet\.sock\. Its folder must exist/,
  )
})
