import { createServer } from 'node:http'
import { isLoopbackHost, isLoopbackIp, urlHost } from '../../turn/index.ts'
import { version } from '../../package.json'
import type { Config } from '../config/config.ts'
import { parseHost } from '../net/hostHeader.ts'
import { answerRequests, type Answer, type Notes } from './requestHandler.ts'
import { listen } from './listen.ts'
import type { UpgradeListener } from './offers.ts'
import type { Log } from '../common/log.ts'
import type { Metrics } from '../common/metricsRegistry.ts'
import type { OwnNames } from '../net/ownNames.ts'
import { openPages, type Pages } from './staticFiles.ts'
import type { RejectionLog } from '../net/rejection.ts'

/** The listener for the owner alone: whoever can connect to it is one. By default it is on loopback. */
export interface Admin {
  /** To open on this machine. */
  url: string
  /** Whether a browser on this machine reaches it over loopback. */
  isOnLoopback: boolean
  close(): Promise<void>
}

export interface AdminParts {
  metrics: Pick<Metrics, 'contentType' | 'print'>
  condition: Notes
  names: OwnNames
  rejected: RejectionLog
  /** URLs of the public port on the LAN. */
  addresses(): string[]
  /** The pages and the sockets of the inspector, where the owner asked for it. */
  inspector: { pages: Pages; sockets: { readonly upgrade: UpgradeListener } } | null
  log: Log
}

const settings = { port: 'DUET_ADMIN', host: 'DUET_ADMIN' }

/**
 * Serves `/metrics`, `/healthz`, `/readyz`, `/addresses` and the inspector. Nothing of it depends on what a request says of its
 * sender: a proxy in front of the public port cannot reach this one.
 * @returns null where there is none, because it is off or the usual port is taken
 * @throws {Error} with one line that names DUET_ADMIN, where the owner chose an address that cannot be had
 */
export async function startAdmin(address: Config['admin'], parts: AdminParts): Promise<Admin | null> {
  if (!address) return null
  const { inspector, names, rejected, log } = parts
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 500 })
  try {
    const port = await listen(server, address, settings)
    server.on('request', answerRequests({
      pages: inspector?.pages ?? openPages(undefined), notes: notesOf(parts), names, facts: () => ({ isHttps: false }), onRejection: rejected.note,
    }))
    if (inspector) server.on('upgrade', inspector.sockets.upgrade)
    const isEvery = ['0.0.0.0', '::'].includes(address.host)
    const isOnLoopback = isEvery || isLoopbackIp(address.host) || address.host === 'localhost'
    if (!isOnLoopback || isEvery) log.warn({ host: address.host, port }, 'admin listener open to the network')
    const url = `http://${isEvery ? '127.0.0.1' : urlHost(address.host)}:${port}`
    log.info({ host: address.host, port }, 'admin listens')
    return { url, isOnLoopback, close: () => close(server) }
  } catch (error) {
    if (!address.isDefault) throw error
    log.warn({ reason: (error as Error).message }, 'admin listener not started')
    return null
  }
}

const notesOf = ({ metrics, condition, addresses }: AdminParts): Notes => ({
  ...condition,
  '/healthz': () => ({
    status: 200, type: 'application/json', text: `${JSON.stringify({ status: 'ok', version, uptimeSeconds: Math.floor(process.uptime()) })}\n`,
  }),
  '/metrics': async () => ({ status: 200, text: await metrics.print(), type: metrics.contentType }),
  '/addresses': ({ headers: { origin } }): Answer => ({
    status: 200, type: 'application/json', text: JSON.stringify(addresses()),
    headers: { Vary: 'Origin', ...(origin !== undefined && isPageOfThisMachine(origin) && { 'Access-Control-Allow-Origin': origin }) },
  }),
})

/**
 * True for a page that was opened on this machine: the browser says so itself, and a page elsewhere has another origin. Its port may be
 * another than ours, behind a forwarded port for example.
 */
function isPageOfThisMachine(origin: string): boolean {
  const [, scheme, host] = /^(https?):\/\/(.+)$/.exec(origin) ?? []
  const url = parseHost(host, scheme)
  return url !== null && isLoopbackHost(url.hostname)
}

const close = (server: ReturnType<typeof createServer>): Promise<void> => new Promise((resolve) => {
  server.close(() => resolve())
  server.closeAllConnections()
})
