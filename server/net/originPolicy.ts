import type { IncomingMessage } from 'node:http'
import { parseHostHeader } from './hostHeader.ts'
import type { ServerNames } from './serverNames.ts'
import { rejections, type Rejection } from './rejection.ts'

/** Returns why an upgrade is rejected, or null if it is allowed. */
export type OriginCheck = (request: IncomingMessage) => Rejection | null

/** Returns why a request is rejected by its `Host`, or null for a name of this server. */
export function checkHost({ headers }: IncomingMessage, names: ServerNames): Rejection | null {
  const host = parseHostHeader(headers.host)
  if (!host) return rejections.noHost
  return names.has(host.hostname) ? null : rejections.wrongHost(host.hostname)
}

/**
 * Lets in our own pages and those of `allowed`, by exact comparison. There are no cookies to abuse; this keeps other sites from
 * using their visitors' place in the network. What is no browser sends no Origin and could send any: it may come in.
 */
export function createOriginCheck(scheme: string, names: ServerNames, allowedOrigins: readonly string[]): OriginCheck {
  const otherOrigins = new Set(allowedOrigins)
  return (request) => {
    const { url, headers } = request
    // tRPC's own client says so if it has connectionParams, which come in a message; whatever else a query says is left alone.
    if (url?.split('?', 1)[0] !== '/trpc') return rejections.wrongPath
    const rejection = checkHost(request, names)
    if (rejection) return rejection
    const { origin } = headers
    if (origin === undefined || origin === parseHostHeader(headers.host, scheme)?.origin || otherOrigins.has(origin))
      return null
    return rejections.wrongOrigin(origin)
  }
}
