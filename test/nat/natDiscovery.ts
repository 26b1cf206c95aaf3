import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { NetworkNamespace } from './networkNamespace.ts'

/** The NAT behavior of a site, measured with coturn's client and server for RFC 5780. */
export interface NatBehavior {
  /** In coturn's terms. Null without a response. */
  mapping: string | null
  filtering: string | null
  /** True if every response showed the source port of the site. */
  keepsPort: boolean
  /** The ports that accept TCP connections. */
  tcpPorts: number[]
}

const run = promisify(execFile)

/** Starts coturn. Removing the namespace ends it. */
export async function startDiscoveryServer(
  host: NetworkNamespace,
  [first, second]: readonly [string, string],
  [port, otherPort]: readonly [number, number],
): Promise<void> {
  const [program = '', ...args] = [
    ...host.execPrefix,
    'turnserver',
    '-n',
    '--stun-only',
    '-L',
    first,
    '-L',
    second,
    '--listening-port',
    `${port}`,
    '--alt-listening-port',
    `${otherPort}`,
    '--no-tls',
    '--no-dtls',
    '--no-cli',
    '--log-file',
    'stdout',
    '--pidfile=',
  ]
  const coturn = spawn(program, args, { stdio: 'ignore' })
  while (!(await acceptsTcp(host, first, otherPort))) expect(coturn.exitCode).toBeNull()
}

/** Measures the NAT behavior of a site, with the discovery server at this address and these ports. */
export async function discoverNat(
  site: NetworkNamespace,
  ip: string,
  ports: readonly [number, number],
): Promise<NatBehavior> {
  const [found, ...answered] = await Promise.all([
    discoverUdp(site, ip, ports[0]),
    ...ports.map((port) => acceptsTcp(site, ip, port)),
  ])
  return { ...found, tcpPorts: ports.filter((_, which) => answered[which]) }
}

async function discoverUdp(
  { execPrefix: [program, ...args] }: NetworkNamespace,
  ip: string,
  port: number,
): Promise<Omit<NatBehavior, 'tcpPorts'>> {
  const { stdout } = await run(program, [...args, 'turnutils_natdiscovery', '-m', '-f', '-p', `${port}`, ip])
  const seen = [...stdout.matchAll(/UDP reflexive addr: [\d.]+:(\d+)\n.*Local addr: : [\d.]+:(\d+)/g)]
  return {
    mapping: /NAT with (.+) Mapping!/.exec(stdout)?.[1] ?? null,
    filtering: /NAT with (.+) Filtering!/.exec(stdout)?.[1] ?? null,
    keepsPort: seen.every(([, outside, inside]) => outside === inside),
  }
}

/** True if a TCP connection succeeds within 1 s. */
const acceptsTcp = ({ execPrefix: [program, ...args] }: NetworkNamespace, ip: string, port: number): Promise<boolean> =>
  run(program, [...args, 'timeout', '1', 'bash', '-c', `</dev/tcp/${ip}/${port}`]).then(
    () => true,
    () => false,
  )
