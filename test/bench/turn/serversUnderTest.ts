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

/** `bare`: what Node's sockets cost by themselves (bareRelay.ts). */
export type RelayName = ServerName | 'bare'

export interface ServerOptions {
  /** Undefined: wherever the kernel likes. */
  cpuCore?: number | undefined
  /** Of ours: another Node, more settings. */
  node?: string
  env?: Record<string, string>
}

const settleMs = 500
const host = '127.0.0.1'
const secret = 'a secret of the bench'
/** The generator's sockets are at other addresses. coturn keeps a port for a while after its allocation is gone. */
const relayPorts: Record<ServerName, string> = { duet: '10000-29999', coturn: '30000-65535' }

/** Ours never relays from loopback if there is another address, so the other may not either. */
const relayIp = new RelayAddresses([]).choose(host, 4)?.local ?? host

/** The same for both: no limits, and peers on loopback and at the relays. */
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

/** Starts a server and waits until it answers. */
export async function startServer(scope: Scope, name: ServerName, options: ServerOptions): Promise<Target> {
  const port = await freePort()
  const child = name === 'duet' ? startDuet(scope, port, options) : startCoturn(scope, port, options)
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${name} ended with ${code} at its start`)),
  )
  await Promise.race([ended, waitUntilReady(`stun:${host}:${port}`)])
  ended.catch(() => {})
  const { username, credential } = makeCredentials(secret, 'bench', Math.floor(Date.now() / 1000) + 86_400)
  return { pid: child.pid!, port, login: { username, credential } }
}

/** It answers nobody who is alone; who pairs up there waits for it. */
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

/** The product as shipped. */
const startDuet = (scope: Scope, port: number, { cpuCore, node = process.execPath, env }: ServerOptions) =>
  startProgram(scope, {
    command: [node, pathTo('dist/server/turn.js')],
    env: { ...createSettings('duet', port), DUET_TURN_SELF_TEST: 'false', ...env },
    cpuCore,
  })

/** As `npm run turn -- coturn` configures it, with one relay thread and without a word to the log. */
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
  // It complains of a kernel without SCTP, and of each relay port that is taken before it tries the next.
  return startProgram(scope, { command: ['turnserver', '-c', file, '--pidfile='], cwd: folder, cpuCore, isMuted: true })
}

/** The first answer comes from the first of several threads; when they all listen, the kernel divides the clients anew. */
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
