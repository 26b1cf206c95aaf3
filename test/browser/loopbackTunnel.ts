import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { BrowserHost } from './browserPlace.ts'

/** Connects stdin and stdout to a loopback port of its namespace. */
const carrierScript = `
  const socket = require('node:net').connect(process.argv[1], '127.0.0.1')
  process.stdin.pipe(socket).pipe(process.stdout)
  socket.on('error', () => process.exit())
  socket.on('close', () => process.exit())
`

/**
 * Forwards a local loopback port to the same loopback port of a namespace.
 * The debugging port of a browser listens on loopback only.
 */
export async function openLoopbackTunnel({
  execPrefix: [program, ...args],
}: BrowserHost): Promise<{ port: number; close(): void }> {
  const server = createServer((near) => {
    const { stdin, stdout } = spawn(program, [...args, process.execPath, '-e', carrierScript, `${port()}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    near.pipe(stdin).on('error', () => near.destroy())
    stdout.pipe(near).on('error', () => stdin.end())
  })
  const port = (): number => (server.address() as AddressInfo).port
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: port(), close: () => void server.close() }
}
