import { isWildcardHost, lanIps, parseFamily, urlHost } from '../../turn/index.ts'

/** The URLs of this server on the LAN. A page that was opened as `localhost` shares links with them. */
export function listLanUrls({
  scheme,
  port,
  host,
}: {
  scheme: string
  port: number
  host: string | undefined
}): string[] {
  return readLanIps()
    .filter((ip) => (isWildcardHost(host) ? isReachableThrough(host, ip) : ip === host))
    .map((ip) => new URL(`${scheme}://${urlHost(ip)}:${port}`).origin)
}

/** Reading the addresses needs a file descriptor. Without a free one the list is empty. */
function readLanIps(): string[] {
  try {
    return lanIps()
  } catch {
    return []
  }
}

/** `0.0.0.0` stands for IPv4 addresses only. */
const isReachableThrough = (host: string | undefined, ip: string): boolean =>
  host !== '0.0.0.0' || parseFamily(ip) === 4
