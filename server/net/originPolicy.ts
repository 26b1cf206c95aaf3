import type { IncomingMessage } from 'node:http'
import { isApiPath } from '../../machines/protocol/apiPath.ts'
import { parseHostHeader } from './hostHeader.ts'
import type { ServerNames } from './serverNames.ts'
import { rejections, type Rejection } from './rejection.ts'

/** Returns why an upgrade is rejected, or null if it is allowed. */
export type OriginCheck = (request: IncomingMessage) => Rejection | null

/** True for a request that must get 400 (RFC 9112 §3.2). Node reads the first `Host`, and a proxy may read the last. */
export const hasManyHosts = ({ headersDistinct }: IncomingMessage): boolean => (headersDistinct.host?.length ?? 0) > 1

/** Returns why a request is rejected by its `Host`, or null for a name of this server. */
export function checkHost(request: IncomingMessage, names: ServerNames): Rejection | null {
  const host = hasManyHosts(request) ? null : parseHostHeader(request.headers.host)
  if (!host) return rejections.noHost
  return names.has(host.hostname) ? null : rejections.wrongHost(host.hostname)
}

/**
 * Creates a check that allows the server's own origin and `allowedOrigins`, by exact comparison. Duet uses no cookies;
 * the check stops other sites from using the network position of their visitors.
 * A request without an Origin is allowed: it is not from a browser, and could send any Origin.
 */
export function createOriginCheck(scheme: string, names: ServerNames, allowedOrigins: readonly string[]): OriginCheck {
  const otherOrigins = new Set(allowedOrigins)
  return (request) => {
    const { url, headers } = request
    // The query is ignored: tRPC's client sends `connectionParams=1` there, and the parameters in a message.
    if (!isApiPath(url?.split('?', 1)[0] ?? '')) return rejections.wrongPath
    const rejection = checkHost(request, names)
    if (rejection) return rejection
    const { origin } = headers
    if (origin === undefined || origin === parseHostHeader(headers.host, scheme)?.origin || otherOrigins.has(origin))
      return null
    return rejections.wrongOrigin(origin)
  }
}
