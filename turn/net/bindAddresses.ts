import { lookup } from 'node:dns/promises'
import { isLoopbackHost, isLoopbackIp, urlHost } from '../common/address.ts'
import { familyOf } from '../stun/ip.ts'

/** Where each transport is bound. */
export interface BindAddresses {
  readonly tcp: readonly string[]
  readonly udp: readonly string[]
  /** Every address was meant: those that come later as well, and one that cannot be bound is no reason to stop. */
  readonly isWildcardHost: boolean
}

/** Whether `host` means every address of this machine, or every IPv4 one. */
export const isWildcard = (host: string | undefined): boolean =>
  host === undefined || host === '0.0.0.0' || host === '::'

/**
 * @param host an address, a name, or nothing for every address
 * @param all addresses of this machine
 */
export async function resolveBindAddresses(host: string | undefined, all: readonly string[]): Promise<BindAddresses> {
  const v4 = all.filter((ip) => !ip.includes(':'))
  if (host === '0.0.0.0' || (host === undefined && v4.length === all.length))
    return { tcp: ['0.0.0.0'], udp: v4, isWildcardHost: true }
  if (host === undefined || host === '::') return { tcp: ['::'], udp: all, isWildcardHost: true }
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new Error(`cannot listen on ${JSON.stringify(host)}: it is no address and no name that resolves`, { cause })
  })
  const ips = [...new Set(found.map(({ address }) => address))]
  return { tcp: ips, udp: ips, isWildcardHost: false }
}

/** Why an address could not be bound, for its owner. */
export function describeBindError(error: unknown): string {
  const { code, message = String(code) } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'another process holds it'
  if (code === 'EACCES') return 'not allowed (ports below 1024 need privileges)'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'no file descriptor is left (raise "ulimit -n", or LimitNOFILE of the unit)'
  if (code === 'ENOBUFS' || code === 'ENOMEM') return 'the system has no memory for one more socket'
  return message
}

/** Addresses that clients can ask. @param listening a wildcard in it stands for all addresses of this machine */
export const reachableIps = (listening: readonly string[], all: readonly string[]): string[] => [
  ...(listening.some((ip) => ip === '::' || ip === '0.0.0.0') ? all : listening),
]

/** Where most clients will ask: not on loopback, if there is anything else, and over IPv4. @param ips reachable */
export function preferredIp(ips: readonly string[]): string {
  return ips.find((ip) => familyOf(ip) === 4 && !isLoopbackIp(ip)) ?? ips.find((ip) => familyOf(ip) === 4) ?? ips[0]!
}

/** As `TurnServer.iceHostFor` tells. @param ips reachable */
export function iceHostFor(pageHost: string, ips: readonly string[]): string {
  const open = ips.find((ip) => familyOf(ip) === 4 && !isLoopbackIp(ip))
  const host = isLoopbackHost(pageHost) ? (open ?? pageHost) : pageHost
  return urlHost(host)
}
