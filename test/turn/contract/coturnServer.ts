import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCoturnConfig } from '../../../turn/coturn/config.ts'
import { checkUrl, readTurnSettings, type TurnSettings } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/net/relayAddresses.ts'
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
 * Debian's coturn with what `npm run turn -- coturn` prints. Its own client draws the version of TLS by lot, down to 1.0, and waits for
 * ever where that is turned off, because coturn does not even refuse it: for that client it is left on.
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

/** With no more than it needs to run here, as its owner begins. */
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
      // Peers of the tests are on loopback.
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

/** Resolves once it answers, with what ends it. */
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
    if (child.exitCode !== null) throw new Error(`turnserver ended with ${child.exitCode}`)
  return async () => {
    child.kill('SIGKILL')
    await exit
    rmSync(folder, { recursive: true })
  }
}

/** So many in a row, for UDP and TCP at every address, and none that the system hands out by itself. */
export async function freePort(count = 1): Promise<number> {
  for (;;) {
    const first = 26_000 + Math.floor(Math.random() * 3000)
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
