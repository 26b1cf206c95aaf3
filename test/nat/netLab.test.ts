import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { discoverNat, type NatBehavior, startDiscoveryServer } from './natDiscovery.ts'
import { type NetworkKind, networkKinds } from './networkKinds.ts'
import { NetLab, type Side, sides } from './netLab.ts'
import { NetworkNamespace, listNamespaces, namespaceName } from './networkNamespace.ts'

/** The networks of the lab have the NAT behavior of networkKinds.ts. */

const test = needs('root', 'iproute2', 'nftables', 'coturn')

test('close() removes all namespaces, and a new lab removes those of a killed run', async () => {
  const lab = new NetLab()
  lab.addSite('waiting', 'symmetric')
  lab.close()
  expect(listNamespaces().filter((name) => name.startsWith(namespaceName('')))).toEqual([])

  const { pid } = spawnSync('true')
  const left = new NetworkNamespace(namespaceName('left', `${pid}_1`))
  const [program = '', ...args] = [...left.execPrefix, 'sh', '-c', 'echo inside; exec sleep 60']
  const sleeper = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const exit = once(sleeper, 'exit')
  await once(sleeper.stdout, 'data')
  new NetLab().close()
  expect(listNamespaces()).not.toContain(left.name)
  expect(await exit).toEqual([null, 'SIGKILL'])
})

describe('NAT behavior toward the internet', () => {
  const addresses = ['198.18.0.2', '198.18.0.3'] as const
  const ports = [443, 3478] as const
  const findings = new Map<string, NatBehavior>()
  let lab: NetLab

  beforeAll(async () => {
    lab = new NetLab()
    await startDiscoveryServer(lab.addHost('judge', ...addresses), addresses, ports)
    const sites = sides.flatMap((side) => networkKinds.map((kind) => [side, kind] as const))
    await Promise.all(
      sites.map(
        async ([side, kind]) =>
          void findings.set(`${side} ${kind}`, await discoverNat(lab.addSite(side, kind), addresses[0], ports)),
      ),
    )
  })
  afterAll(() => lab?.close())

  const silence = { mapping: null, filtering: null, keepsPort: true }
  const strict = 'Address and Port Dependent'
  const expected: Readonly<Record<NetworkKind, NatBehavior>> = {
    open: {
      mapping: 'Endpoint Independent',
      filtering: 'Endpoint Independent',
      keepsPort: true,
      tcpPorts: [443, 3478],
    },
    preserving: { mapping: 'Endpoint Independent', filtering: strict, keepsPort: true, tcpPorts: [443, 3478] },
    symmetric: { mapping: strict, filtering: strict, keepsPort: false, tcpPorts: [443, 3478] },
    'no-udp': { ...silence, tcpPorts: [443, 3478] },
    'only-443': { ...silence, tcpPorts: [443] },
  }
  test.each(sides.flatMap((side) => networkKinds.map((kind): [Side, NetworkKind] => [side, kind])))(
    'the %s site with %s has the expected mapping, filtering and TCP ports',
    (side, kind) => {
      expect(findings.get(`${side} ${kind}`)).toEqual(expected[kind])
    },
  )
})
