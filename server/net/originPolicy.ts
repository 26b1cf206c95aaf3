import type { IncomingMessage } from 'node:http'
import { parseHost } from './hostHeader.ts'
import type { OwnNames } from './ownNames.ts'
import { rejections, type Rejection } from './rejection.ts'

/** Why an upgrade is refused, or null where it is welcome. */
export type Gate = (request: IncomingMessage) => Rejection | null

/** Why a request is refused by its `Host`, or null for a name of ours. */
export function rejectHost({ headers }: IncomingMessage, names: OwnNames): Rejection | null {
  const host = parseHost(headers.host)
  if (!host) return rejections.noHost
  return names.has(host.hostname) ? null : rejections.wrongHost(host.hostname)
}

/**
 * Lets in our own pages and those of `allowed`, by exact comparison. There are no cookies to abuse; this keeps other sites from
 * using their visitors' place in the network. What is no browser sends no Origin and could send any: it may come in.
 */
export function gateFor(scheme: string, names: OwnNames, allowed: readonly string[]): Gate {
  const others = new Set(allowed)
  return (request) => {
    const { url, headers } = request
    // tRPC's own client says so if it has connectionParams, which come in a message; whatever else a query says is left alone.
    if (url?.split('?', 1)[0] !== '/trpc') return rejections.wrongPath
    const rejection = rejectHost(request, names)
    if (rejection) return rejection
    const { origin } = headers
    if (origin === undefined || origin === parseHost(headers.host, scheme)?.origin || others.has(origin)) return null
    return rejections.wrongOrigin(origin)
  }
}
