import { isLoopback } from '../../machines/protocol/address.ts'
import { appPath } from '../common/basePath.ts'

/** Timeout of the request for the addresses of the server. */
const requestTimeoutMs = 3_000

/**
 * Returns origins at which other devices can reach this server, for a page opened at a loopback address. The server
 * names its admin listener, which only this machine can reach; the admin listener returns the origins. Returns an
 * empty list on any error.
 */
export async function fetchShareUrls(at: Location): Promise<string[]> {
  if (!isLoopback(at.hostname)) return []
  try {
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const fetchJson = async <T>(url: string): Promise<T> => (await fetch(url, { signal })).json() as Promise<T>
    const { url } = await fetchJson<{ url: string | null }>(at.origin + appPath('/addresses'))
    return url === null ? [] : await fetchJson<string[]>(url)
  } catch {
    // The user can still share the link itself.
    return []
  }
}
