import { afterEach } from 'vitest'
import type { WebSocketClientOptions } from '@trpc/client'
import type { ClientOptions } from 'ws'
import { readConfig } from '../../server/config/config.ts'
import { createLog } from '../../server/common/log.ts'
import { startServer, type Overrides, type RunningServer } from '../../server/startServer.ts'
import { ManualClock } from './manualClock.ts'
import { TestClient } from './testClient.ts'

type ClientParameters = [socketOptions?: ClientOptions, trpcOptions?: Partial<WebSocketClientOptions>]

/** A server for one test, its clients and its log. */
export interface ServerFixture {
  server: RunningServer
  clock: ManualClock
  logLines: string[]
  newClient(...options: ClientParameters): TestClient
  /** A client of the admin listener. */
  newAdminClient(...options: ClientParameters): TestClient
  /** Resolves when `message` has been logged `times` times. */
  waitForLog(message: string, times?: number): Promise<void>
  close(): Promise<void>
}

const fixtures: ServerFixture[] = []

afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close()
})

/** Starts a server and closes it when the test ends. */
export async function startServerFixture(
  overrides: Overrides = {},
  env: Record<string, string> = {},
): Promise<ServerFixture> {
  const fixture = await openServerFixture(overrides, env)
  fixtures.push(fixture)
  return fixture
}

/** Starts a server. The caller must close it. */
export async function openServerFixture(
  overrides: Overrides = {},
  env: Record<string, string> = {},
): Promise<ServerFixture> {
  const clock = new ManualClock()
  const { logLines, waitForLog, write } = recordLog()
  const server = await startServer(
    readConfig({ PORT: '0', HOST: '127.0.0.1', DUET_TURN: 'off', DUET_ADMIN: '127.0.0.1:0', ...env }),
    { clock, log: createLog('trace', { write }), ...overrides },
  )
  const clients: TestClient[] = []
  const connect = (url: string, ...options: ClientParameters): TestClient => {
    const client = new TestClient(url, ...options)
    clients.push(client)
    return client
  }
  const newClient = (...options: ClientParameters): TestClient => connect(server.url, ...options)
  const newAdminClient = (...options: ClientParameters): TestClient => connect(server.adminUrl ?? '', ...options)
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()))
    await server.close()
  }
  return { server, clock, logLines, newClient, newAdminClient, waitForLog, close }
}

function recordLog() {
  const logLines: string[] = []
  const wakes: (() => void)[] = []
  const write = (line: string): void => {
    logLines.push(line)
    for (const wake of wakes.splice(0)) wake()
  }
  const count = (message: string): number =>
    logLines.filter((line) => (JSON.parse(line) as { msg?: string }).msg === message).length
  const waitForLog = async (message: string, times = 1): Promise<void> => {
    while (count(message) < times) await new Promise<void>((resolve) => void wakes.push(resolve))
  }
  return { logLines, waitForLog, write }
}
