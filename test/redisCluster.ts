import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram, startProgram, type ProgramProcess } from './programProcess.ts'

/** A Redis Cluster of a test, on loopback. */
export interface RedisCluster {
  /** URLs of its masters. */
  readonly urls: readonly string[]
  close(): Promise<void>
}

/** A Cluster node uses its port, and this much above it for the other nodes (Redis Cluster specification). */
const busOffset = 10_000

/** Starts three masters without replicas. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-cluster-'))
  const ports = await findPorts(3)
  const masters = await Promise.all(ports.map((port) => startMaster(folder, port)))
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  const { code, stdout } = await runProgram(
    ['redis-cli', '--cluster', 'create', ...addresses, '--cluster-yes'],
    process.env,
  )
  if (code !== 0) throw new Error(`redis-cli ended with ${String(code)}:\n${stdout}`)
  await Promise.all(masters.map(({ waitForOutput }) => waitForOutput(/Cluster state changed: ok/)))
  return {
    urls: addresses.map((address) => `redis://${address}`),
    async close() {
      for (const { child } of masters) child.kill('SIGKILL')
      await Promise.all(masters.map(({ ended }) => ended))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startMaster(folder: string, port: number): Promise<ProgramProcess> {
  const config = join(folder, `nodes-${port}.conf`)
  const started = startProgram(
    [
      'redis-server',
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--cluster-enabled', 'yes', '--cluster-config-file', config],
    ],
    { env: { PATH: process.env.PATH } },
  )
  await started.waitForOutput(/ready to accept connections/i)
  return started
}

/** Ports that are free, together with the ports of the cluster bus. */
async function findPorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    // Below the range from which the system takes ports for other sockets.
    const low = 10_000 + (port % 10_000)
    if (!ports.includes(low) && (await isFree(low)) && (await isFree(low + busOffset))) ports.push(low)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.once('listening', () => probe.close(() => resolve(true)))
  })
}
