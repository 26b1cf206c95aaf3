import { lookup } from 'node:dns/promises'
import { isLoopbackHost, isLoopbackIp, isWildcardHost, urlHost } from '../common/address.ts'
import { familyOf } from '../stun/ip.ts'

/** The addresses to bind for each transport. */
export interface BindAddresses {
  readonly tcp: readonly string[]
  readonly udp: readonly string[]
  /** True if the host means every address. Later addresses are bound too, and a failed bind is not fatal. */
  readonly isWildcardHost: boolean
}

/**
 * Resolves the host setting to addresses to bind. Rejects with a readable Error if a name does not resolve.
 * @param host an address, a name, or undefined for every address
 * @param all addresses of this machine
 */
export async function resolveBindAddresses(host: string | undefined, all: readonly string[]): Promise<BindAddresses> {
  const v4 = all.filter((ip) => !ip.includes(':'))
  if (host === '0.0.0.0' || (host === undefined && v4.length === all.length))
    return { tcp: ['0.0.0.0'], udp: v4, isWildcardHost: true }
  if (isWildcardHost(host)) return { tcp: ['::'], udp: all, isWildcardHost: true }
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new Error(`cannot listen on ${JSON.stringify(host)}: it is not an address, and the name does not resolve`, {
      cause,
    })
  })
  const ips = [...new Set(found.map(({ address }) => address))]
  return { tcp: ips, udp: ips, isWildcardHost: false }
}

/** Describes a bind error for the operator. */
export function describeBindError(error: unknown): string {
  const { code, message = String(code) } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'another process uses it'
  if (code === 'EACCES') return 'not allowed (ports below 1024 need privileges)'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'no file descriptor is left (raise "ulimit -n", or LimitNOFILE of the systemd unit)'
  if (code === 'ENOBUFS' || code === 'ENOMEM') return 'the system has no memory for another socket'
  return message
}

/**
 * Returns the addresses that clients can connect to.
 * @param listening a wildcard stands for all addresses of this machine
 */
export const reachableIps = (listening: readonly string[], all: readonly string[]): string[] => [
  ...(listening.some(isWildcardHost) ? all : listening),
]

/** Returns the address that most clients will use: IPv4 and not loopback, if possible. @param ips reachable */
export function preferredIp(ips: readonly string[]): string {
  return ips.find((ip) => familyOf(ip) === 4 && !isLoopbackIp(ip)) ?? ips.find((ip) => familyOf(ip) === 4) ?? ips[0]!
}

/** Implements `TurnServer.iceHostFor`. @param ips reachable */
export function iceHostFor(pageHost: string, ips: readonly string[]): string {
  const open = ips.find((ip) => familyOf(ip) === 4 && !isLoopbackIp(ip))
  const host = isLoopbackHost(pageHost) ? (open ?? pageHost) : pageHost
  return urlHost(host)
}
