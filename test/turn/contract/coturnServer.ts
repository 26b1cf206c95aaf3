import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCoturnConfig } from '../../../turn/coturn/config.ts'
import { checkUrl, readTurnSettings, type TurnSettings } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/common/localAddresses.ts'
import { secret } from '../turnFixture.ts'
import {
  ownIp,
  defaultEnv,
  withClients,
  type ServerUnderTest,
  type ServerName,
  type StartOptions,
} from './serverUnderTest.ts'

/**
 * Debian's coturn with the configuration of `npm run turn -- coturn`.
 * coturn's client picks a random TLS version, down to 1.0. If that version is off, coturn does not reject it.
 * The client then waits forever, so TLS 1.0 and 1.1 stay on for it.
 */
export const coturnServer = createCoturnServer('coturn', (settings, logFile, tls) =>
  createCoturnConfig({
    settings,
    tls,
    logFile,
    addresses: localAddresses()
      .filter(({ isLoopback }) => !isLoopback)
      .map(({ ip }) => ip),
  }).replace(/^no-tlsv1.*\n/gm, ''),
)

/** coturn with its default settings and the minimum to run here. */
export const defaultCoturnServer = createCoturnServer(
  'coturn by default',
  ({ options: { port, relayPorts, realm } }, logFile, tls) =>
    [
      `listening-port=${port}`,
      `min-port=${relayPorts[0]}`,
      `max-port=${relayPorts[1]}`,
      `realm=${realm}`,
      'use-auth-secret',
      `static-auth-secret=${secret}`,
      `log-file=${logFile}`,
      'simple-log',
      'no-cli',
      // The peers of the tests are on loopback.
      'allow-loopback-peers',
      ...(tls ? [`cert=${tls.cert}`, `pkey=${tls.key}`] : ['no-tls', 'no-dtls']),
    ].join('\n'),
)

type Configure = (settings: TurnSettings, logFile: string, tls: StartOptions['tls']) => string

function createCoturnServer(name: ServerName, configure: Configure): ServerUnderTest {
  return {
    name,
    async start(env, { tls, hasShortLifetime } = {}) {
      const [port, tlsPort] = [await freePort(), tls && (await freePort())]
      const settings = readTurnSettings({
        ...defaultEnv,
        DUET_TURN_SECRET: secret,
        DUET_TURN_PORT: `${port}`,
        ...(tlsPort && { DUET_TURN_TLS_PORT: `${tlsPort}` }),
        ...env,
      })
      const stop = await startCoturn(
        (logFile) => `${configure(settings, logFile, tls)}\n${hasShortLifetime ? 'max-allocate-lifetime=2\n' : ''}`,
        env.HOST ?? ownIp,
        port,
      )
      return withClients({
        ip: ownIp,
        port,
        tlsPort,
        relayPorts: settings.options.relayPorts,
        credentialSeconds: 3600,
        stop,
      })
    },
  }
}

/** Resolves with its stop function once it responds. */
export async function startCoturn(
  configure: (logFile: string) => string,
  ip: string,
  port: number,
): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'duet-coturn-'))
  const file = join(folder, 'turnserver.conf')
  writeFileSync(file, configure(join(folder, 'log')))
  const child = spawn('turnserver', ['-c', file, '--pidfile='], { stdio: 'ignore', cwd: folder })
  const exit = once(child, 'exit')
  const url = `stun:${ip.includes(':') ? `[${ip}]` : ip}:${port}`
  while (!(await checkUrl(url, undefined, { timeoutMs: 200 })).ok)
    if (child.exitCode !== null) throw new Error(`turnserver exited with ${child.exitCode}`)
  return async () => {
    child.kill('SIGKILL')
    await exit
    rmSync(folder, { recursive: true })
  }
}

/**
 * Returns consecutive free ports, for UDP and TCP at every address, outside of the ephemeral range. Each test worker has
 * its own 400 ports, because a port can be taken between this check and its use.
 */
export async function freePort(count = 1): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 16
  for (;;) {
    const first = 26_000 + worker * 400 + Math.floor(Math.random() * (400 - count))
    const ports = Array.from({ length: count }, (_, i) => first + i)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
}

async function isFree(port: number): Promise<boolean> {
  const [socket, server] = [createSocket('udp6'), createServer()]
  try {
    socket.bind(port, '::')
    await once(socket, 'listening')
    server.listen(port, '::')
    await once(server, 'listening')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return false
  } finally {
    socket.close()
    await new Promise((resolve) => server.close(resolve))
  }
}
