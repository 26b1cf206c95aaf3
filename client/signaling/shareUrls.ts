const requestTimeoutMs = 3_000

/**
 * The origins under which others reach this server, for a page that was opened by a name that means another machine to them. The
 * server names its admin listener, which only a browser on its own machine can reach, and that one tells them.
 */
export async function fetchShareUrls(at: Location): Promise<string[]> {
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(at.hostname)) return []
  try {
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const fetchJson = async <T>(url: string): Promise<T> => (await fetch(url, { signal })).json() as Promise<T>
    const { url } = await fetchJson<{ url: string | null }>(`${at.origin}/addresses`)
    return url === null ? [] : await fetchJson<string[]>(url)
  } catch {
    // The link itself is still there to be shared.
    return []
  }
}
