import type { IncomingMessage } from 'node:http'

/** Removes a path prefix such as `/duet`. A proxy may have removed it already. */
export function removePathPrefix(request: IncomingMessage, pathPrefix: string): void {
  const { url = '' } = request
  if (pathPrefix === '' || !url.startsWith(pathPrefix)) return
  const rest = url.slice(pathPrefix.length)
  if (/^[/?]|^$/.test(rest)) request.url = rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * Rewrites a request target in absolute-form, as clients send it to a proxy, to the origin-form. Its authority replaces
 * `Host` (RFC 9112 §3.2.2). Leaves other targets unchanged.
 */
export function normalizeTarget(request: IncomingMessage): void {
  const { url = '' } = request
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return
  const { host, pathname, search } = new URL(url)
  request.headers.host = host
  request.url = `${pathname}${search}`
}
