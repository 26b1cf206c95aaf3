import type { IncomingMessage } from 'node:http'
import { parseHost } from './host.ts'

/** Why an upgrade is refused, as a status line, or null where it is welcome. */
export type Gate = (request: IncomingMessage) => string | null

/**
 * Lets in our own pages and those of `allowed`, by exact comparison. There are no cookies to abuse; this keeps other sites from
 * using their visitors' place in the network. What is no browser sends no Origin and could send any: it may come in.
 */
export function gateFor(scheme: string, allowed: readonly string[]): Gate {
  const others = new Set(allowed)
  return ({ url, headers }) => {
    // tRPC's own client adds `?connectionParams=1` where it has some to send.
    if (url?.split('?')[0] !== '/trpc') return '404 Not Found'
    const host = parseHost(headers.host, scheme)
    if (!host) return '400 Bad Request'
    const { origin } = headers
    return origin === undefined || origin === host.origin || others.has(origin) ? null : '403 Forbidden'
  }
}
