/** `URL` gives a part of a longer string, which stays in memory with it. @returns the header itself where it has the same text */
export const normalizeHost = (header: string | undefined): string => {
  const host = parseHostHeader(header)?.host ?? ''
  return header === host ? header : host
}

/** Host and port as a client wrote them into `Host`, or null where that is neither a name nor an address. */
export function parseHostHeader(header: string | undefined, scheme = 'http'): URL | null {
  if (!header || !/^[a-z0-9.:_[\]-]{1,255}$/i.test(header)) return null
  const url = `${scheme}://${header}`
  return URL.canParse(url) ? new URL(url) : null
}

/** True for a setting of `HOST` that means all addresses. */
export const isWildcardAddress = (host: string | undefined): host is '0.0.0.0' | '::' | undefined =>
  host === undefined || host === '0.0.0.0' || host === '::'
