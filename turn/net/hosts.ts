import { lookup } from 'node:dns/promises'
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
