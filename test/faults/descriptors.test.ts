import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { TurnClient } from '../../turn/client/client.ts'
import { read } from '../../turn/stun/message.ts'
import { useServerProcess, type ServerProcess } from '../server/serverProcess.ts'
import { allocate, connectTo, createCredentials, secret } from '../turn/turnFixture.ts'

/** Both servers with 100 file descriptors, of which Node itself takes about 25. */

const programs = useServerProcess()
const settings = {
  DUET_TURN_SECRET: secret,
  DUET_TURN_SELF_TEST: 'false',
  DUET_TURN_QUOTA_USER: '1000',
  DUET_TURN_QUOTA_SOURCE: '1000',
}
const requestCount = 150

const connections: Socket[] = []
afterEach(() => connections.splice(0).forEach((socket) => socket.destroy()))

describe.each(['main', 'turn'] as const)('%s with 100 file descriptors', (name) => {
  const start = (): Promise<ServerProcess> => programs.start(settings, { name, descriptors: 100 })

  test(`${requestCount} Allocates get a relay or 508 with one warning, and freed descriptors are reused`, async () => {
    const { child, turnPort, output } = await start()
    const clients = await Promise.all(
      Array.from(
        { length: requestCount },
        async () => (await connectTo('127.0.0.1', turnPort, 'udp', createCredentials())).client,
      ),
    )
    const before = output().length
    const outcomes = await Promise.all(clients.map(tryAllocate))
    expect(new Set(outcomes)).toEqual(new Set(['relay', 508]))
    await releaseAll(clients.filter((_, i) => outcomes[i] === 'relay'))
    await expect.poll(() => tryAllocate(clients[0]!)).toBe('relay')
    const lines = output()
      .slice(before)
      .split('\n')
      .filter((line) => /relay port unavailable|file descriptor/.test(line))
    expect(lines.length, lines.join('\n')).toBeLessThanOrEqual(1)
    expect(child.exitCode).toBeNull()
  })

  test('more TCP connections to TURN than descriptors are survived, and requests are answered afterwards', async () => {
    const { child, turnPort } = await start()
    await openConnections(turnPort)
    const { client: waiting } = await connectTo('127.0.0.1', turnPort, 'udp')
    await waiting.request('binding', [])
    connections.splice(0).forEach((socket) => socket.destroy())
    await expect.poll(async () => tryAllocate((await connectTo('127.0.0.1', turnPort, 'tcp')).client)).toBe('relay')
    expect(child.exitCode).toBeNull()
  })
})

describe('main with 100 file descriptors', () => {
  test('the server serves pages while TURN has no descriptor left', async () => {
    const { url, turnPort } = await programs.start(settings, { descriptors: 100 })
    const clients = await Promise.all(
      Array.from(
        { length: requestCount },
        async () => (await connectTo('127.0.0.1', turnPort, 'udp', createCredentials())).client,
      ),
    )
    await Promise.all(clients.map(tryAllocate))
    await openConnections(turnPort)
    expect((await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(15_000) })).status).toBe(200)
  })

  test('the server survives more HTTP connections than it has descriptors', async () => {
    const { child, url, port } = await programs.start(settings, { descriptors: 100 })
    await openConnections(port)
    connections.splice(0).forEach((socket) => socket.destroy())
    await expect
      .poll(() =>
        fetch(`${url}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200)
    expect(child.exitCode).toBeNull()
  })
})

/** Opens more connections than there are descriptors. Resolves when each is open or refused. */
async function openConnections(port: number): Promise<void> {
  const opened = Array.from({ length: requestCount }, () => connect(port, '127.0.0.1').on('error', () => {}))
  connections.push(...opened)
  await Promise.all(opened.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])))
}

const tryAllocate = (client: TurnClient): Promise<'relay' | number | string> =>
  allocate(client).then(
    () => 'relay' as const,
    (error: { code?: number; message: string }) => error.code ?? error.message,
  )

async function releaseAll(clients: readonly TurnClient[]): Promise<void> {
  const answers = await Promise.all(clients.map((client) => client.request('refresh', [['lifetime', 0]])))
  expect(answers.map((answer) => read(answer, 'lifetime'))).toEqual(clients.map(() => 0))
}
