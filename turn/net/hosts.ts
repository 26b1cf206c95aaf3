import { lookup } from 'node:dns/promises'
import { isLoopbackHost, isLoopbackIp, urlHost } from '../address.ts'
import { familyOf } from '../stun/ip.ts'
import { localAddresses } from './addresses.ts'

/** Where each transport is bound. */
export interface Hosts {
  readonly tcp: readonly string[]
  readonly udp: readonly string[]
  /** Every address was meant: those that come later as well, and one that cannot be bound is no reason to stop. */
  readonly isWildcard: boolean
}

/** @param host an address, a name, or nothing for every address */
export async function hostsOf(host: string | undefined): Promise<Hosts> {
  const all = localAddresses().map(({ ip }) => ip)
  const v4 = all.filter((ip) => !ip.includes(':'))
  if (host === '0.0.0.0' || (host === undefined && v4.length === all.length)) return { tcp: ['0.0.0.0'], udp: v4, isWildcard: true }
  if (host === undefined || host === '::') return { tcp: ['::'], udp: all, isWildcard: true }
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new Error(`cannot listen on ${JSON.stringify(host)}: it is no address and no name that resolves`, { cause })
  })
  const ips = [...new Set(found.map(({ address }) => address))]
  return { tcp: ips, udp: ips, isWildcard: false }
}

/** Why an address could not be bound, for its owner. */
export function bindWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'another process holds it'
  if (code === 'EACCES') return 'not allowed (ports below 1024 need privileges)'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  return message
}

/** Where most clients will ask: not on loopback, if there is anything else, and over IPv4. */
export function askedIp(listening: readonly string[]): string {
  const isWildcard = listening.some((ip) => ip === '::' || ip === '0.0.0.0')
  const ips = isWildcard ? localAddresses().map(({ ip }) => ip) : listening
  return ips.find((ip) => familyOf(ip) === 4 && !isLoopbackIp(ip)) ?? ips.find((ip) => familyOf(ip) === 4) ?? ips[0]!
}

/** As `Turn.hostFor` tells. @param listening addresses; a wildcard among them stands for all of this machine's */
export function hostFor(pageHost: string, listening: readonly string[]): string {
  const isWildcard = listening.some((ip) => ip === '::' || ip === '0.0.0.0')
  const addresses = isWildcard ? localAddresses().map(({ ip }) => ip) : listening
  const open = addresses.find((ip) => familyOf(ip) === 4 && !isLoopbackIp(ip))
  const host = isLoopbackHost(pageHost) ? (open ?? pageHost) : pageHost
  return urlHost(host)
}
