import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { TestClient } from './testClient.ts'
import { waitForOutput, useServerProcess } from './serverProcess.ts'

const { start, run } = useServerProcess()

test.each([
  ['PORT', 'http'],
  ['DUET_TLS_CERT', '/nowhere'],
  ['DUET_TURN_PORT', 'x'],
  ['DUET_NONSENSE', '1'],
  ['DUET_TURN_NONSENSE', '1'],
  ['HOST', '192.0.2.254'],
])('%s=%s ends the start with one line that names it', async (name, value) => {
  const { code, stderr } = await run({ DUET_TURN: 'off', DUET_LOG_LEVEL: 'silent', [name]: value })
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^duet: [^\\n]*${name.replace('CERT', '(CERT|KEY)')}[^\\n]*\\n$`))
})

test('a port in use ends the start with one line', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { code, stderr } = await run({ PORT: String(port) })
  other.close()
  expect([code, stderr]).toEqual([
    1,
    `duet: PORT: ${port} is in use on 127.0.0.1; stop what uses it, or choose another\n`,
  ])
})

test('a port of TURN in use does so too', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { code, stderr } = await run({ DUET_TURN_PORT: String(port) })
  other.close()
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^duet: DUET_TURN: [^\\n]*${port}[^\\n]*\\n$`))
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'at %s everybody is told to come again later, and the program ends',
  async (signal) => {
    const { child, url } = await start()
    const clients = Array.from({ length: 10 }, () => new TestClient(url))
    const visits = clients.map((client, index) => client.join(`room-${index}`))
    for (const visit of visits) await visit.joined()
    const ended = once(child, 'exit')
    child.kill(signal)
    const delays = await Promise.all(visits.map(async (visit) => (await visit.expectEvent('drain')).delayMs))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(10_000)
    expect(new Set(delays).size).toBeGreaterThan(5)
    expect(await ended).toEqual([0, null])
    await Promise.all(clients.map((client) => client.close()))
  },
)

test('the second signal ends it at once, even where somebody does not let go', async () => {
  const { child, url } = await start()
  const ann = new TestClient(url)
  const visit = ann.join('blue-door')
  await visit.joined()
  ann.socket.pause()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await waitForOutput(child, /server draining/)
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  await ann.close()
})

test('somebody who does not let go does not keep it for long', async () => {
  const { child, url } = await start()
  const ann = new TestClient(url)
  await ann.join('blue-door').joined()
  ann.socket.pause()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await ann.close()
})
