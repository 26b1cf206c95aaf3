import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCredentials } from '../../../turn/index.ts'
import { waitForMessage, startNode } from '../harness/childProcess.ts'
import { benchScript, pathTo } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'

/** The ports of both servers. */
export interface Servers {
  duet: number
  classic: number
}

/** Starts the built product and the classic relay as processes, with the same STUN/TURN servers. Returns the ports. */
export async function startServers(scope: Scope): Promise<Servers> {
  const [secret, turnPort] = [randomBytes(32).toString('base64url'), await freePort()]
  return { duet: await startDuet(scope, secret, turnPort), classic: await startClassic(scope, secret, turnPort) }
}

async function startDuet(scope: Scope, secret: string, turnPort: number): Promise<number> {
  const port = await freePort()
  const env = {
    PORT: String(port),
    DUET_TURN_PORT: String(turnPort),
    DUET_TURN_SECRET: secret,
    DUET_STATE: 'off',
    DUET_LOG_LEVEL: 'error',
  }
  const child = startNode(scope, { args: [pathTo('dist/server/main.js')], env })
  await waitUntilReady(`http://127.0.0.1:${port}/readyz`, () => child.exitCode)
  return port
}

async function startClassic(scope: Scope, secret: string, turnPort: number): Promise<number> {
  const { username, credential } = makeCredentials(secret, 'classic', Math.floor(Date.now() / 1000) + 3_600)
  const iceServers = [
    { urls: [`stun:127.0.0.1:${turnPort}`] },
    {
      urls: ['udp', 'tcp'].map((transport) => `turn:127.0.0.1:${turnPort}?transport=${transport}`),
      username,
      credential,
    },
  ]
  const child = startNode(scope, { args: [benchScript('classic'), JSON.stringify(iceServers)] })
  return waitForMessage(child, (raw) => (raw as { port?: number }).port)
}

async function waitUntilReady(url: string, exitCode: () => number | null): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (exitCode() !== null) throw new Error(`the server exited with ${exitCode()} before it was ready`)
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error(`${url} did not become ready`)
}

/** Returns a currently free port. On a quiet machine no other process takes it meanwhile. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
