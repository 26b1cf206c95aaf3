import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect } from 'vitest'
import { bundle, type Bundle } from '../bundle.ts'
import { needs } from '../needs.ts'
import { describeEngines } from '../turn/engines.ts'
import { NetLab } from './netLab.ts'
import type { NetworkNamespace } from './networkNamespace.ts'
import type { Direction, RelayUsage, FloodCommand, FloodResult } from './uplink/messages.ts'

/** A relay behind an uplink that is slower than the relayed traffic. */

const test = needs('root', 'iproute2')

const [serverIp, clientIp, secret] = ['198.18.0.2', '198.18.0.3', 'a secret of this test']
/** Bytes of the flood. The uplink carries 25,000 bytes a second. */
const bytes = 24_000_000
/** Bytes sent before the measurement, so that the heap has its final size. */
const warmUpBytes = 4_000_000
const bytesPerSecond = 4_000_000
const bundles: Bundle[] = []

describeEngines((engine) => {
  let lab: NetLab
  let relay: ChildProcess
  let flood: ChildProcess

  beforeAll(async () => {
    lab = new NetLab()
    const [host, user] = [lab.addHost('relay', serverIp), lab.addHost('user', clientIp)]
    // The queue of the device is larger than any socket buffer, so the socket buffer determines the delay.
    host.run(['tc', 'qdisc', 'add', 'dev', 'out', 'root', 'tbf', 'rate', '200kbit', 'burst', '4kb', 'limit', '4mb'])
    relay = await start(host, 'test/nat/uplink/relay.ts', [serverIp, secret, engine])
    flood = await start(user, 'test/nat/uplink/flood.ts', [clientIp, secret])
  })

  afterAll(async () => {
    for (const child of [relay, flood]) child?.disconnect()
    lab?.close()
    await Promise.all(bundles.splice(0).map(({ remove }) => remove()))
  })

  test.each<Direction>(['clients', 'peers'])(
    'a flood to %s on a 200 kbit/s uplink uses bounded memory and delays packets by less than 1 s',
    async (direction) => {
      const offer = (bytes: number): Promise<FloodResult> =>
        ask(flood, { serverIp, direction, bytes, bytesPerSecond } satisfies FloodCommand)
      await offer(warmUpBytes)
      const before = await ask<RelayUsage>(relay, 'figures')
      const { probeDelaysMs, probesSent, floodDelaysMs } = await offer(bytes)
      const after = await ask<RelayUsage>(relay, 'figures')
      // Without a limit both grew by more than the flood.
      expect(after.bufferBytes - before.bufferBytes).toBeLessThan(bytes / 10)
      expect(after.rssBytes - before.rssBytes).toBeLessThan(bytes / 2)
      expect(median(floodDelaysMs)).toBeLessThan(1000)
      expect(median(probeDelaysMs)).toBeLessThan(500)
      expect(probeDelaysMs.length / probesSent).toBeGreaterThan(0.8)
      expect(after.counters.sendQueueDropped - before.counters.sendQueueDropped).toBeGreaterThan(bytes / 1000 / 2)
    },
  )
})

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Infinity
}

/** Bundles and starts a program in the namespace. Resolves at its first message. */
async function start(
  { execPrefix: [program, ...args] }: NetworkNamespace,
  entry: string,
  words: readonly string[],
): Promise<ChildProcess> {
  const made = await bundle(entry)
  bundles.push(made)
  const child = spawn(program, [...args, process.execPath, '--expose-gc', made.program, ...words], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // The bundle is outside of the project, and the batch engine loads koffi.
    env: { ...process.env, NODE_PATH: fileURLToPath(new URL('../../node_modules', import.meta.url)) },
  })
  await once(child, 'message')
  return child
}

async function ask<Answer>(child: ChildProcess, question: object | string): Promise<Answer> {
  child.send(question)
  return ((await once(child, 'message')) as [Answer])[0]
}
