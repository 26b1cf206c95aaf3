import { expect, onTestFinished, test } from 'vitest'
import { listLanUrls } from '../../../server/net/lanUrls.ts'
import { readConfig } from '../../../server/config/config.ts'
import { startServer } from '../../../server/startServer.ts'
import { createLog } from '../../../server/common/log.ts'
import { version } from '../../../package.json'
import { occupyPort } from '../../usedPort.ts'
import { httpGet } from '../httpGet.ts'
import { upgradeStatus } from '../frameClient.ts'
import { startServerFixture } from '../serverFixture.ts'

const forged: Record<string, string>[] = [
  {},
  { Host: 'localhost' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Real-IP': '127.0.0.1', Host: 'localhost:8000', Origin: 'http://localhost:8000' },
  { Forwarded: 'for=127.0.0.1' },
]

test.each(forged)('the public port serves neither metrics nor LAN addresses, with the headers %j', async (headers) => {
  const { server } = await startServerFixture({ hasInspector: true }, { HOST: '' })
  const metrics = await httpGet(server.url, '/metrics', headers)
  expect([metrics.status, metrics.text.includes('duet_')]).toEqual([404, false])
  expect(JSON.parse((await httpGet(server.url, '/addresses', headers)).text)).toEqual({
    url: `${server.adminUrl}/addresses`,
  })
})

test('the admin listener serves metrics, readiness, and health with version and uptime', async () => {
  const { server } = await startServerFixture()
  expect(new URL(server.adminUrl!).hostname).toBe('127.0.0.1')
  expect((await httpGet(server.adminUrl!, '/metrics')).text).toContain('\nduet_ws_connections 0\n')
  const { text, headers } = await httpGet(server.adminUrl!, '/healthz')
  expect([headers['content-type'], JSON.parse(text)]).toEqual([
    'application/json',
    { status: 'ok', version, uptimeSeconds: expect.any(Number) as number },
  ])
  expect(await httpGet(server.adminUrl!, '/readyz')).toMatchObject({ status: 200, text: 'ready\n' })
  expect((await httpGet(server.adminUrl!, '/nothing')).status).toBe(404)
  expect(await upgradeStatus(server.adminUrl!, '/trpc', {}).catch(() => 'closed')).not.toBe(101)
})

test('the admin listener allows CORS for /addresses to loopback origins only', async () => {
  const { server } = await startServerFixture({}, { HOST: '' })
  const ask = (origin: string) => httpGet(server.adminUrl!, '/addresses', { Origin: origin })
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'duet.localhost']) {
    const { text, headers } = await ask(`http://${host}:${server.port}`)
    expect([JSON.parse(text), headers['access-control-allow-origin']]).toEqual([
      listLanUrls({ scheme: 'http', port: server.port, host: undefined }),
      `http://${host}:${server.port}`,
    ])
  }
  expect((await ask('http://localhost:1')).headers['access-control-allow-origin'], 'behind a forwarded port').toBe(
    'http://localhost:1',
  )
  for (const origin of [
    'https://duet.example',
    'null',
    `http://duet.example:${server.port}`,
    `http://localhost:${server.port}.duet.example`,
  ]) {
    expect((await ask(origin)).headers['access-control-allow-origin'], origin).toBeUndefined()
  }
})

test('the admin listener rejects an unknown Host with 421 (DNS rebinding)', async () => {
  const { server } = await startServerFixture({ hasInspector: true })
  for (const path of ['/metrics', '/addresses', '/', '/?inspect=1'])
    expect((await httpGet(server.adminUrl!, path, { Host: 'rebound.example' })).status, path).toBe(421)
  expect(
    await upgradeStatus(server.adminUrl!, '/trpc', { Host: 'rebound.example', Origin: 'http://rebound.example' }),
  ).toBe(421)
})

test.each([true, false])(
  'the admin listener ignores an offer of HTTP/2; with the inspector: %s',
  async (hasInspector) => {
    const { server } = await startServerFixture({ hasInspector })
    const offer = {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
    }
    expect(await httpGet(server.adminUrl!, '/metrics', offer)).toMatchObject({ status: 200 })
  },
)

test('DUET_ADMIN=off disables LAN addresses and metrics', async () => {
  const { server } = await startServerFixture({}, { DUET_ADMIN: 'off', HOST: '' })
  expect(server.adminUrl).toBeUndefined()
  expect(await httpGet(server.url, '/addresses')).toMatchObject({ status: 200, text: '{"url":null}' })
  expect((await httpGet(server.url, '/')).headers['content-security-policy']).toContain("connect-src 'self';")
})

test('a configured admin port in use stops the start; a default one is skipped with a warning', async () => {
  const port = await occupyPort()
  await expect(startServerFixture({}, { DUET_ADMIN: `127.0.0.1:${port}` })).rejects.toThrow(
    new RegExp(`^DUET_ADMIN: ${port} is in use[^\\n]+$`),
  )
  const log: string[] = []
  const config = {
    ...readConfig({ PORT: '0', HOST: '127.0.0.1', DUET_TURN: 'off' }),
    admin: { host: '127.0.0.1', port, isDefault: true },
  }
  const server = await startServer(config, { log: createLog('warn', { write: (line) => void log.push(line) }) })
  onTestFinished(() => server.close())
  expect([server.adminUrl, log.map((line) => (JSON.parse(line) as { msg: string }).msg)]).toEqual([
    undefined,
    ['admin listener not started'],
  ])
  expect((await httpGet(server.url, '/healthz')).status).toBe(200)
})

test('DUET_ADMIN on a wildcard address opens the admin listener to the network and logs a warning', async () => {
  const { server, logLines } = await startServerFixture({}, { DUET_ADMIN: '0.0.0.0:0' })
  expect((await httpGet(server.adminUrl!, '/metrics')).status).toBe(200)
  expect(logLines.some((line) => line.includes('admin listener open to the network'))).toBe(true)
})
