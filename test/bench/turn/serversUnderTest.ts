import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkUrl } from '../../../turn/client/checkServer.ts'
import { createCoturnConfig } from '../../../turn/coturn/config.ts'
import { makeCredentials } from '../../../turn/core/credentials.ts'
import { RelayAddresses } from '../../../turn/net/relayAddresses.ts'
import { readTurnSettings } from '../../../turn/config/environment.ts'
import { startProgram } from '../harness/childProcess.ts'
import { benchScript, pathTo } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import type { Target } from './load/commands.ts'
import { pause } from './load/stopwatch.ts'

export type ServerName = 'duet' | 'coturn'

/** `bare` measures the cost of Node's sockets alone (bareRelay.ts). */
export type RelayName = ServerName | 'bare'

/** Options of a server process. */
export interface ServerOptions {
  /** The core to pin to. Undefined: not pinned. */
  cpuCore?: number | undefined
  /** For duet only: another Node, more settings. */
  node?: string
  env?: Record<string, string>
}

const settleMs = 500
const host = '127.0.0.1'
const secret = 'a secret of the bench'
/** No conflict with the generator, which uses other addresses. coturn holds a port after its allocation ends. */
const relayPorts: Record<ServerName, string> = { duet: '10000-29999', coturn: '30000-65535' }

/** Duet never relays from loopback if the machine has another address, so coturn uses the same address. */
const relayIp = new RelayAddresses([]).choose(host, 4)?.local ?? host

/** The same settings for both servers: no limits, and peers on loopback and at the relays. */
const createSettings = (name: ServerName, port: number): Record<string, string> => ({
  HOST: host,
  DUET_TURN_PORT: String(port),
  DUET_TURN_SECRET: secret,
  DUET_TURN_RELAY_PORTS: relayPorts[name],
  DUET_TURN_ALLOW_PEERS: `127.0.0.0/8,${relayIp}/32`,
  DUET_TURN_QUOTA_USER: '1000000',
  DUET_TURN_QUOTA_TOTAL: '1000000',
  DUET_TURN_QUOTA_BYTES: '0',
  DUET_TURN_QUOTA_SOURCE_BYTES: '0',
  DUET_TURN_QUOTA_TOTAL_BYTES: '0',
})

/** Starts a server and waits until it responds. */
export async function startServer(scope: Scope, name: ServerName, options: ServerOptions): Promise<Target> {
  const port = await freePort()
  const child = name === 'duet' ? startDuet(scope, port, options) : startCoturn(scope, port, options)
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${name} exited with ${code} during its start`)),
  )
  await Promise.race([ended, waitUntilReady(`stun:${host}:${port}`)])
  ended.catch(() => {})
  const { username, credential } = makeCredentials(secret, 'bench', Math.floor(Date.now() / 1000) + 86_400)
  return { pid: child.pid!, port, login: { username, credential } }
}

/** Starts the bare relay. It sends no response before two clients pair, so readiness cannot be checked. */
export async function startBareRelay(scope: Scope, cpuCore: number): Promise<Target> {
  const port = await freePort()
  const child = startProgram(scope, {
    command: [process.execPath, benchScript('bareturn')],
    env: { PORT: String(port) },
    cpuCore,
  })
  await pause(settleMs)
  return { pid: child.pid!, port, login: undefined }
}

/** Starts the built product. */
const startDuet = (scope: Scope, port: number, { cpuCore, node = process.execPath, env }: ServerOptions) =>
  startProgram(scope, {
    command: [node, pathTo('dist/server/turn.js')],
    env: { ...createSettings('duet', port), DUET_TURN_SELF_TEST: 'false', ...env },
    cpuCore,
  })

/** Starts coturn with the configuration of `npm run turn -- coturn`, one relay thread and no log. */
function startCoturn(scope: Scope, port: number, { cpuCore }: ServerOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'duet-bench-'))
  scope.defer(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'turnserver.conf')
  const printed = createCoturnConfig({
    settings: readTurnSettings(createSettings('coturn', port)),
    addresses: [],
    logFile: '/dev/null',
  })
  const changed = printed.replace(/^(user|total)-quota=.*\n/gm, '').replace(/^relay-ip=.*$/m, `relay-ip=${relayIp}`)
  writeFileSync(file, `${changed}allow-loopback-peers\nrelay-threads=1\nno-stdout-log\n`)
  // Muted: coturn logs an error for a kernel without SCTP and for each relay port in use.
  return startProgram(scope, { command: ['turnserver', '-c', file, '--pidfile='], cwd: folder, cpuCore, isMuted: true })
}

/** Waits for all threads: with each new listener the kernel redistributes the clients. */
async function waitUntilReady(url: string): Promise<void> {
  while (!(await checkUrl(url, undefined, { timeoutMs: 200 })).ok);
  await pause(settleMs)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
