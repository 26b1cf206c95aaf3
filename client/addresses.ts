const patienceMs = 3_000

/**
 * The origins under which others reach this server, for a page that was opened by a name that means another machine to them. The
 * server sends this request on to its admin listener, which only a browser on its own machine can reach.
 */
export async function addressesToShare(at: Location): Promise<string[]> {
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(at.hostname)) return []
  try {
    const response = await fetch(new URL('/addresses', at.origin), { signal: AbortSignal.timeout(patienceMs) })
    return response.ok ? await response.json() as string[] : []
  } catch {
    // The link itself is still there to be shared.
    return []
  }
}
