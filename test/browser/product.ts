import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The built product, started on free ports with its own command. */
export interface Product {
  readonly url: string
  readonly webPort: number
  /** URL of the admin listener. */
  readonly adminUrl: string
  /** UDP and TCP port of the TURN server. */
  readonly turnPort: number
  /** Output of the product, printed when a test fails. */
  readonly log: readonly string[]
  stop(): Promise<void>
}

/** Below the ephemeral port range of the system. */
export const relayPorts = [21_000, 21_999] as const

const program = new URL('../../dist/server/main.js', import.meta.url).pathname

/**
 * Starts the built product. Resolves when it listens.
 * @param hostName host name in the visitors' URLs
 * @param commandPrefix command that runs the product elsewhere, such as `ip netns exec NAME`
 * @param extraArgs arguments of the product
 */
export async function startProduct(
  env: Record<string, string> = {},
  hostName = 'localhost',
  commandPrefix: readonly string[] = [],
  extraArgs: readonly string[] = [],
): Promise<Product> {
  const [command = '', ...args] = [...commandPrefix, process.execPath, program, ...extraArgs]
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DUET_ADMIN: '127.0.0.1:0',
      DUET_TURN_PORT: '0',
      DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
      DUET_TURN_DRAIN: '0',
      // All users of a test share one address, and killed browsers leave their allocations for ten minutes.
      DUET_TURN_QUOTA_SOURCE: '1000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  const listening = readPorts(child, log)
  child.stderr.on('data', (chunk: Buffer) => log.push(String(chunk)))
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the product ended with ${code}:\n${log.join('\n')}`)
  })
  ended.catch(() => undefined)
  const { port, turn, admin } = await Promise.race([listening, ended])
  return {
    url: `${env.DUET_TLS_CERT ? 'https' : 'http'}://${hostName}:${port}`,
    webPort: port,
    adminUrl: `http://127.0.0.1:${admin}`,
    turnPort: turn,
    log,
    stop: () => stopProgram(child),
  }
}

/** Resolves with the ports in the startup log line. */
function readPorts(child: ChildProcess, log: string[]): Promise<{ port: number; turn: number; admin: number }> {
  let admin = 0
  return new Promise((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      log.push(line)
      const entry = line.startsWith('{') ? (JSON.parse(line) as { msg?: string; port?: number; turn?: number }) : {}
      if (entry.msg === 'admin listening' && entry.port) admin = entry.port
      if (entry.msg === 'server listening' && entry.port) resolve({ port: entry.port, turn: entry.turn ?? 0, admin })
    })
  })
}

/** Stops the program with SIGTERM. After a timeout it is killed, which fails the test. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
  const [code] = await exit
  clearTimeout(force)
  if (code !== 0) throw new Error(`the product did not exit cleanly: ${code}`)
}
