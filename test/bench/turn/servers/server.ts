import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { checkUrl } from '../../../../turn/client/checkServer.ts'
import { makeCredentials } from '../../../../turn/core/credentials.ts'
import { RelayAddresses } from '../../../../turn/net/relayAddresses.ts'
import type { ChildProcess } from 'node:child_process'
import type { Scope } from '../../harness/scope.ts'
import type { Target } from '../load/commands.ts'
import { pause } from '../load/stopwatch.ts'

/** The compared servers, in the order of the tables. */
export const serverNames = ['duet batch', 'duet dgram', 'coturn', 'pion'] as const
export type ServerName = (typeof serverNames)[number]

/** Options of a server process. */
export interface ServerOptions {
  /** The core to pin to. Undefined: not pinned. */
  cpuCore?: number | undefined
  /** For duet only: another Node, more settings. */
  node?: string
  env?: Record<string, string>
}

/** A server that can run on this machine. */
export interface Server {
  readonly name: ServerName
  readonly version: string
  /** Starts the process and waits until it responds. */
  start(scope: Scope, options: ServerOptions): Promise<Target>
}

/** A server that cannot run, with the reason as text. */
export interface MissingServer {
  readonly name: ServerName
  readonly reason: string
}

export const host = '127.0.0.1'
export const secret = 'a secret of the bench'

/** Duet never relays from loopback if the machine has another address, so all servers use the same address. */
export const relayIp = new RelayAddresses([]).choose(host, 4)?.local ?? host

const settleMs = 500

/** The settings of duet and coturn: no limits, and peers on loopback and at the relays. */
export const createSettings = (port: number, relayPorts: string): Record<string, string> => ({
  HOST: host,
  DUET_TURN_PORT: String(port),
  DUET_TURN_SECRET: secret,
  DUET_TURN_RELAY_PORTS: relayPorts,
  DUET_TURN_ALLOW_PEERS: `127.0.0.0/8,${relayIp}/32`,
  DUET_TURN_QUOTA_USER: '1000000',
  DUET_TURN_QUOTA_TOTAL: '1000000',
  DUET_TURN_QUOTA_BYTES: '0',
  DUET_TURN_QUOTA_SOURCE_BYTES: '0',
  DUET_TURN_QUOTA_TOTAL_BYTES: '0',
})

/** Waits until the server responds. Rejects if its process exits first. */
export async function waitUntilReady(name: ServerName, child: ChildProcess, port: number): Promise<Target> {
  let hasEnded = false
  const ended = once(child, 'exit').then(([code]) => {
    hasEnded = true
    return Promise.reject(new Error(`${name} exited with ${code} during its start`))
  })
  ended.catch(() => {})
  const respond = async (): Promise<void> => {
    while (!hasEnded && !(await checkUrl(`stun:${host}:${port}`, undefined, { timeoutMs: 200 })).ok);
    // For all threads: with each new listener the kernel redistributes the clients.
    await pause(settleMs)
  }
  await Promise.race([ended, respond()])
  const { username, credential } = makeCredentials(secret, 'bench', Math.floor(Date.now() / 1000) + 86_400)
  return { name, pid: child.pid!, port, login: { username, credential } }
}

/** Returns a free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
