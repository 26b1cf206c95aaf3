import { expect, test } from 'vitest'
import { occupyPort } from '../usedPort.ts'
import { TestClient } from './testClient.ts'
import { useServerProcess } from './serverProcess.ts'

const { start, run } = useServerProcess()

test.each([
  ['PORT', 'http'],
  ['DUET_TLS_CERT', '/nowhere'],
  ['DUET_TURN_PORT', 'x'],
  ['DUET_NONSENSE', '1'],
  ['DUET_TURN_NONSENSE', '1'],
  ['HOST', '192.0.2.254'],
])('%s=%s stops the start with one line that names the setting', async (name, value) => {
  const { code, stderr } = await run({ DUET_TURN: 'off', DUET_LOG_LEVEL: 'silent', [name]: value })
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^duet: [^\\n]*${name.replace('CERT', '(CERT|KEY)')}[^\\n]*\\n$`))
})

test('a port in use stops the start with one line', async () => {
  const port = await occupyPort()
  const { code, stderr } = await run({ PORT: String(port) })
  expect([code, stderr]).toEqual([
    1,
    `duet: PORT: ${port} is in use on 127.0.0.1. Stop the other process, or choose another port.\n`,
  ])
})

test('a TURN port in use stops the start with one line', async () => {
  const port = await occupyPort()
  const { code, stderr } = await run({ DUET_TURN_PORT: String(port) })
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^duet: DUET_TURN: [^\\n]*${port}[^\\n]*\\n$`))
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'at %s every client receives drain with a random delay, and the process exits',
  async (signal) => {
    const { child, ended, url } = await start()
    const clients = Array.from({ length: 10 }, () => new TestClient(url))
    const visits = clients.map((client, index) => client.join(`room-${index}`))
    for (const visit of visits) await visit.joined()
    child.kill(signal)
    const delays = await Promise.all(visits.map(async (visit) => (await visit.expectEvent('drain')).delayMs))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(10_000)
    expect(new Set(delays).size).toBeGreaterThan(5)
    expect(await ended).toEqual([0, null])
    await Promise.all(clients.map((client) => client.close()))
  },
)

test.each(['0', '3'])('without an open socket the drain of DUET_DRAIN=%s ends in full', async (spread) => {
  const { child, ended, output } = await start({ DUET_ADMIN: 'off', DUET_TURN: 'off', DUET_DRAIN: spread })
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(output()).toMatch(/server closed/)
})

test('a second signal exits at once, even with an unresponsive socket', async () => {
  const { child, ended, url, waitForOutput } = await start()
  const ann = new TestClient(url)
  const visit = ann.join('blue-door')
  await visit.joined()
  ann.socket.pause()
  child.kill('SIGTERM')
  await waitForOutput(/server draining/)
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  await ann.close()
})

test('an unresponsive socket does not block the shutdown', async () => {
  const { child, ended, url } = await start()
  const ann = new TestClient(url)
  await ann.join('blue-door').joined()
  ann.socket.pause()
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await ann.close()
})
