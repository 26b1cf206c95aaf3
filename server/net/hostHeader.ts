/**
 * The host and port of a `Host` header; empty for a malformed one. Returns the header itself if its text is the same:
 * `URL` returns a slice that would keep the longer string in memory.
 */
export const normalizeHost = (header: string | undefined): string => {
  const host = parseHostHeader(header)?.host ?? ''
  return header === host ? header : host
}

/** Parses a `Host` header into a URL. Returns null if it is neither a name nor an address. */
export function parseHostHeader(header: string | undefined, scheme = 'http'): URL | null {
  if (!header || !/^[a-z0-9.:_[\]-]{1,255}$/i.test(header)) return null
  const url = `${scheme}://${header}`
  return URL.canParse(url) ? new URL(url) : null
}
