import { existsSync, statSync } from 'node:fs'
import { AddressSet, isWildcardHost, unixSource, urlHost } from '../../../turn/index.ts'
import type { Config } from '../../config/config.ts'
import { findingsOf, type Finding } from './finding.ts'
import { httpGet } from './httpGet.ts'

/** The host of a URL that leads to a listener on this machine. */
export const localHost = (host: string | undefined): string =>
  isWildcardHost(host) ? '127.0.0.1' : urlHost(host ?? '')

/** The URL of the web port on this machine. At a Unix socket it has only a meaning together with `localRouteOf`. */
export const localUrlOf = ({ tls, host, port, unixSocket }: Config): string =>
  unixSocket ? 'http://localhost' : `${tls ? 'https' : 'http'}://${localHost(host)}:${port}`

/** Whether connections from this machine to the web port and to TURN must have a header of the PROXY protocol. */
export function isProxySource({ host, unixSocket, turn }: Config): boolean {
  const sources = turn.options.proxySources ?? []
  if (unixSocket) return sources.includes(unixSource)
  return new AddressSet(sources.filter((source) => source !== unixSource)).has(localHost(host).replace(/^\[|\]$/g, ''))
}

/** Returns whether Duet has the web port. Only Duet has `/setup`. */
export async function isWebPortOfDuet(config: Config): Promise<boolean> {
  const { unixSocket, port } = config
  if (!unixSocket && port === 0) return false
  const hasProxyHeader = isProxySource(config)
  const route =
    unixSocket || hasProxyHeader ? { hasProxyHeader, ...(unixSocket && { socketPath: unixSocket.path }) } : undefined
  const response = await httpGet(`${localUrlOf(config)}/setup`, route).catch(() => null)
  return response !== null && parseSetup(response.text) !== null
}

/** Whether a page on this machine can open the web port: no proxy must send the PROXY protocol first. */
export const isDirectlyReachable = (config: Config): boolean => !config.unixSocket && !isProxySource(config)

/** Checks the Unix socket of the web port. */
export async function checkUnixSocket(path: string, isDuet: () => Promise<boolean>): Promise<Finding> {
  const { ok, failed } = findingsOf('web port')
  if (!existsSync(path)) return ok(`${path} does not exist yet. The start creates it.`)
  if (!statSync(path).isSocket()) return failed(`${path} is not a socket.`, 'Remove it, or set PORT to another path.')
  return (await isDuet())
    ? ok(`Duet has the socket ${path}.`)
    : ok(`Duet does not answer at the socket ${path}. The start removes it, unless another program has it.`)
}

/** Parses the response of `/setup`; null if another program sent it. */
export function parseSetup(text: string): { proxyFaults: readonly string[] } | null {
  try {
    const { proxyFaults } = JSON.parse(text) as { proxyFaults?: unknown }
    return Array.isArray(proxyFaults) ? { proxyFaults: proxyFaults.map(String) } : null
  } catch {
    return null
  }
}
