import type { IncomingMessage } from 'node:http'

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
