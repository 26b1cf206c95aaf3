import { localAddresses, urlHost } from '../../turn/index.ts'
import { isWildcardAddress } from './hostHeader.ts'

/** The URLs under which others on the LAN reach this server, for someone who opened it as `localhost` and wants to share a link. */
export function listLanUrls({
  scheme,
  port,
  host,
}: {
  scheme: string
  port: number
  host: string | undefined
}): string[] {
  return readLocalAddresses()
    .filter(({ isLoopback }) => !isLoopback)
    .map(({ ip }) => ip)
    .filter((ip) => (isWildcardAddress(host) ? isReachableThrough(host, ip) : ip === host))
    .map((ip) => new URL(`${scheme}://${urlHost(ip)}:${port}`).origin)
}

/** Reading them takes a file descriptor. Where there is none, a page that asks goes without. */
function readLocalAddresses(): ReturnType<typeof localAddresses> {
  try {
    return localAddresses()
  } catch {
    return []
  }
}

/** `0.0.0.0` is every IPv4 address only. */
const isReachableThrough = (host: string | undefined, address: string): boolean =>
  host !== '0.0.0.0' || !address.includes(':')
