import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { explore, type Finding, startJudge } from './judge.ts'
import { type Kind, kinds } from './kinds.ts'
import { Lab, type Side, sides } from './lab.ts'
import { Namespace, namespaces, ownName } from './namespace.ts'

/** The networks are what they are said to be. */

const test = needs('root', 'iproute2', 'nftables', 'coturn')

test('a lab leaves nothing, and takes away what a killed run has left', async () => {
  const lab = new Lab()
  lab.addHouse('waiting', 'symmetric')
  lab.close()
  expect(namespaces().filter((name) => name.startsWith(ownName('')))).toEqual([])

  const { pid } = spawnSync('true')
  const left = new Namespace(ownName('left', pid))
  const [program = '', ...args] = [...left.entrance, 'sh', '-c', 'echo inside; exec sleep 60']
  const sleeper = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const exit = once(sleeper, 'exit')
  await once(sleeper.stdout, 'data')
  new Lab().close()
  expect(namespaces()).not.toContain(left.name)
  expect(await exit).toEqual([null, 'SIGKILL'])
})

describe('to the internet', () => {
  const addresses = ['198.18.0.2', '198.18.0.3'] as const
  const ports = [443, 3478] as const
  const findings = new Map<string, Finding>()
  let lab: Lab

  beforeAll(async () => {
    lab = new Lab()
    await startJudge(lab.addHost('judge', ...addresses), addresses, ports)
    const houses = sides.flatMap((side) => kinds.map((kind) => [side, kind] as const))
    await Promise.all(houses.map(async ([side, kind]) => void findings.set(`${side} ${kind}`, await explore(lab.addHouse(side, kind), addresses[0], ports))))
  })
  afterAll(() => lab?.close())

  const silence = { mapping: null, filtering: null, keepsPort: true }
  const strict = 'Address and Port Dependent'
  const expected: Readonly<Record<Kind, Finding>> = {
    open: { mapping: 'Endpoint Independent', filtering: 'Endpoint Independent', keepsPort: true, tcpPorts: [443, 3478] },
    preserving: { mapping: 'Endpoint Independent', filtering: strict, keepsPort: true, tcpPorts: [443, 3478] },
    symmetric: { mapping: strict, filtering: strict, keepsPort: false, tcpPorts: [443, 3478] },
    'no-udp': { ...silence, tcpPorts: [443, 3478] },
    'only-443': { ...silence, tcpPorts: [443] },
  }
  test.each(sides.flatMap((side) => kinds.map((kind): [Side, Kind] => [side, kind])))('the %s house with %s', (side, kind) => {
    expect(findings.get(`${side} ${kind}`)).toEqual(expected[kind])
  })
})
