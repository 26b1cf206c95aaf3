import { createServer } from 'node:http'
import { isLoopbackHost, isLoopbackIp, isWildcardHost, urlHost } from '../../turn/index.ts'
import { version } from '../../package.json'
import type { Config } from '../config/config.ts'
import { parseHostHeader } from '../net/hostHeader.ts'
import { createRequestHandler, serveRequests, type TextResponse, type Routes } from './requestHandler.ts'
import { listen } from './listen.ts'
import { createUpgradeListener, type UpgradeListener } from './upgradeRequests.ts'
import type { Log } from '../common/log.ts'
import type { MetricsRegistry } from '../common/metricsRegistry.ts'
import type { ServerNames } from '../net/serverNames.ts'
import { loadStaticPages, type StaticPages } from './staticFiles.ts'
import type { RejectionLog } from '../net/rejection.ts'

/** The listener for the operator, without authentication. By default it listens on loopback only. */
export interface AdminListener {
  /** The URL to open on this machine. */
  url: string
  /** True if a browser on this machine reaches it over loopback. */
  isOnLoopback: boolean
  close(): Promise<void>
}

export interface AdminListenerOptions {
  metrics: Pick<MetricsRegistry, 'contentType' | 'render'>
  healthRoutes: Routes
  names: ServerNames
  /** Path prefix in the pages of the inspector. */
  pathPrefix: string
  rejectionLog: RejectionLog
  /** URLs of the public port on the LAN. */
  lanUrls(): string[]
  /** The pages and the sockets of the inspector; null without `--inspect`. */
  inspector: { pages: StaticPages; sockets: { readonly upgrade: UpgradeListener } } | null
  log: Log
}

const settingNames = { port: 'DUET_ADMIN', host: 'DUET_ADMIN' }

/**
 * Serves `/metrics`, `/healthz`, `/readyz`, `/addresses` and the inspector. No response depends on headers about the
 * sender: a proxy in front of the public port cannot reach this listener.
 * @returns null if the listener is off or the default port is in use
 * @throws {Error} if the configured address is unavailable, with a message of one line that names DUET_ADMIN
 */
export async function startAdminListener(
  address: Config['admin'],
  options: AdminListenerOptions,
): Promise<AdminListener | null> {
  if (!address) return null
  const { inspector, names, pathPrefix, rejectionLog, log } = options
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 500 })
  try {
    const port = await listen(server, address, settingNames)
    serveRequests(
      server,
      createRequestHandler({
        pages: inspector?.pages ?? loadStaticPages(undefined),
        routes: adminRoutes(options),
        names,
        pathPrefix,
        headerOptions: () => ({ isHttps: false }),
        onRejection: rejectionLog.record,
      }),
    )
    if (inspector) server.on('upgrade', createUpgradeListener(server, inspector.sockets.upgrade, pathPrefix))
    const isWildcard = isWildcardHost(address.host)
    const isOnLoopback = isWildcard || isLoopbackIp(address.host) || address.host === 'localhost'
    if (!isOnLoopback || isWildcard) log.warn({ host: address.host, port }, 'admin listener open to the network')
    const url = `http://${isWildcard ? '127.0.0.1' : urlHost(address.host)}:${port}`
    log.info({ host: address.host, port }, 'admin listening')
    return { url, isOnLoopback, close: () => closeServer(server) }
  } catch (error) {
    if (!address.isDefault) throw error
    log.warn({ reason: (error as Error).message }, 'admin listener not started')
    return null
  }
}

const adminRoutes = ({ metrics, healthRoutes, lanUrls }: AdminListenerOptions): Routes => ({
  ...healthRoutes,
  '/healthz': () => ({
    status: 200,
    type: 'application/json',
    text: `${JSON.stringify({ status: 'ok', version, uptimeSeconds: Math.floor(process.uptime()) })}\n`,
  }),
  '/metrics': async () => ({ status: 200, text: await metrics.render(), type: metrics.contentType }),
  '/addresses': ({ headers: { origin } }): TextResponse => ({
    status: 200,
    type: 'application/json',
    text: JSON.stringify(lanUrls()),
    headers: {
      Vary: 'Origin',
      ...(origin !== undefined && isLoopbackOrigin(origin) && { 'Access-Control-Allow-Origin': origin }),
    },
  }),
})

/**
 * True for a page that was opened on this machine: browsers set `Origin`, and remote pages have another one.
 * The port may differ from the server's, for example behind a forwarded port.
 */
function isLoopbackOrigin(origin: string): boolean {
  const [, scheme, host] = /^(https?):\/\/(.+)$/.exec(origin) ?? []
  const url = parseHostHeader(host, scheme)
  return url !== null && isLoopbackHost(url.hostname)
}

const closeServer = (server: ReturnType<typeof createServer>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
