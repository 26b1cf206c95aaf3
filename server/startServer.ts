import type { Server } from 'node:http'
import { isWildcardHost, reloadTurn, startTurn, urlHost, type Environment, type TurnServer } from '../turn/index.ts'
import { limits as sharedLimits, serverLimits, type Limits } from '../machines/protocol/limits.ts'
import { timeouts } from '../machines/protocol/timeouts.ts'
import { listLanUrls } from './net/lanUrls.ts'
import { startAdminListener, type AdminListener } from './http/adminServer.ts'
import { type Clock, systemClock } from './common/clock.ts'
import type { Config } from './config/config.ts'
import { deriveTurnSecrets } from './config/secrets.ts'
import { Drain } from './common/drain.ts'
import { createInspector } from './inspector.ts'
import { close, drain } from './shutdown.ts'
import { createMetrics } from './metrics/serverMetrics.ts'
import { measureGarbageCollection } from './metrics/garbageCollection.ts'
import { measureEventLoopLag } from './metrics/eventLoopLag.ts'
import { createRequestHandler, serveRequests, type TextResponse } from './http/requestHandler.ts'
import { createIceConfigSource, type IceSource } from './turn/iceServers.ts'
import { createIceSource, listUncertainWebPorts } from './turn/webPorts.ts'
import { WebPortCheck } from './turn/webPortCheck.ts'
import { listen } from './http/listen.ts'
import { listenUnix } from './http/unixSocket.ts'
import { createLanRoutes } from './lan/lanRoutes.ts'
import { createLog, type Log } from './common/log.ts'
import { ServerNames } from './net/serverNames.ts'
import { createOriginCheck } from './net/originPolicy.ts'
import { createUpgradeListener } from './http/upgradeRequests.ts'
import { loadStaticPages } from './http/staticFiles.ts'
import { TrustedProxies } from './net/trustedProxies.ts'
import { createHealthRoutes } from './http/healthRoutes.ts'
import { PublicUrlVisit } from './http/publicUrlVisit.ts'
import { RejectionLog } from './net/rejection.ts'
import { reopenRooms } from './rooms/reopenRooms.ts'
import { Preparations } from './rooms/preparations.ts'
import type { RoomService } from './rooms/roomService.ts'
import type { Dependencies } from './api/dependencies.ts'
import type { SocketTimeouts } from './ws/socketHealth.ts'
import { SocketServer } from './ws/socketServer.ts'
import { openStateDirectory, type PersistentState } from './rooms/stateDirectory.ts'
import type { Store } from './rooms/store.ts'
import type { SharedRooms, SharedRoomsOptions } from './redis/sharedRooms.ts'
import { RateLimiter } from './limits/rateLimiter.ts'
import type { SharedRates } from './limits/sharedRates.ts'
import { createHttpServer, type HttpServer } from './http/httpServer.ts'

/** Replacements for defaults, for tests and embedders. */
export interface Overrides {
  clock?: Clock
  log?: Log
  limits?: Partial<Limits>
  socketTimeouts?: Partial<SocketTimeouts>
  /** Room store that several servers share. Default: a store in this process's memory. */
  store?: Store
  /** How long new joins wait after a crash or a loss of the shared store, in ms (startupHold.ts). */
  holdMs?: number
  /** Output folder of `vite build client`. */
  pagesDirectory?: string
  /** With `--lan`: PEM file of the authority that this machine made. */
  lanAuthority?: string
  /** Serves the rooms in the Stately Inspector at the admin listener. */
  hasInspector?: boolean
}

/** A server that is listening. */
export interface RunningServer {
  /** TCP port of the web port; 0 at a Unix socket. */
  port: number
  /** The URL to open on this machine, or `unix:` with the path of the socket. */
  url: string
  /** The URLs on the LAN. */
  lanUrls: readonly string[]
  /** UDP and TCP port of the TURN server; undefined without one. */
  turnPort: number | undefined
  /** URL of the admin listener, to open on this machine; undefined without an admin listener. */
  adminUrl: string | undefined
  /** Reloads the certificate and the TURN settings that can change at run time. May be called again. */
  reload(env: Environment): void
  /**
   * Graceful shutdown: disconnects all clients and resolves when every socket is closed.
   * @param relayTimeoutMs how long relayed calls may continue
   */
  drain(relayTimeoutMs: number): Promise<void>
  /** Immediate shutdown: disconnects all clients and resolves when every socket is closed. */
  close(): Promise<void>
}

/**
 * Starts the web port, the TURN server and the admin listener.
 * @throws {Error} with a message of one line that names the setting to change
 */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  const log = overrides.log ?? createLog(config.logLevel)
  // Redis keeps the rooms, and all servers have the same secret.
  const directory = config.redisUrls ? null : config.stateDirectory
  const state = openStateDirectory({ secrets: config.secrets, directory }, log)
  const turn = await startEmbeddedTurn(config, state, log)
  const limits: Limits = { ...sharedLimits, ...serverLimits, ...overrides.limits }
  const socketTimeouts: SocketTimeouts = { ...timeouts, ...overrides.socketTimeouts }
  const clock = overrides.clock ?? systemClock
  const { store, holdMs } = overrides
  const roomOptions = { clock, log, limits, defaultPolicy: config.roomPolicy, holdMs }
  const shared = await openRoomsInRedis(config, state, roomOptions, () => socketServer.disconnectAll('lease_lost'))
  const httpServer = createHttpServer(config, turn, log, limits)
  const nodeServer = httpServer.server
  const port = await listenAtWebPort(nodeServer, config).catch(async (error: unknown) => {
    httpServer.stop()
    await Promise.all([turn?.close(), shared?.store.close()])
    throw error
  })
  const isLan = overrides.lanAuthority !== undefined
  await startRedirect(httpServer, config, { port, isLan }, log).catch(async (error: unknown) => {
    httpServer.stop()
    await Promise.all([httpServer.close(), turn?.close(), shared?.store.close()])
    throw error
  })
  const scheme = config.tls ? 'https' : 'http'
  const reopened = shared ?? reopenRooms({ ...roomOptions, state, store })
  const webPortCheck = new WebPortCheck(listUncertainWebPorts(config, port), { clock, log })
  const dependencies = createDependencies({
    clock,
    log,
    rooms: reopened.rooms,
    ice: createIceSource(config, turn, { port, scheme }, webPortCheck),
    isPreparationOn: config.isPreparationOn,
    drainSpreadMs: config.drainSpreadMs,
    limits,
    rates: shared?.rates,
  })
  const origins = [...config.allowedOrigins, ...(config.publicUrl ? [config.publicUrl.origin] : [])]
  const serverNames = new ServerNames(origins, httpServer.certificate)
  const lanRoutes = overrides.lanAuthority === undefined ? {} : createLanRoutes(overrides.lanAuthority)
  if (httpServer.httpsRedirect) Object.assign(httpServer.httpsRedirect, { names: serverNames, routes: lanRoutes })
  const rejectionLog = new RejectionLog(clock, log)
  const proxies = new TrustedProxies(config.trustedProxies, config.publicUrl, config.unixSocket !== undefined)
  const { publicUrl } = config
  const isTls = config.tls !== undefined
  const publicUrlVisit =
    publicUrl &&
    new PublicUrlVisit({
      publicUrl,
      proxies,
      isHttps: isTls,
      isForwarded: (socket) => httpServer.proxyProtocol.isForwarded(socket),
      clock,
      log,
    })
  const socketServer = new SocketServer(
    dependencies,
    createOriginCheck(scheme, serverNames, origins),
    proxies,
    limits,
    socketTimeouts,
  )
  socketServer.upgradeGuard.onRejection = rejectionLog.record
  httpServer.onRejection = rejectionLog.record
  const lag = measureEventLoopLag(clock)
  const garbageCollection = measureGarbageCollection()
  const parts = {
    httpServer,
    socketServer,
    dependencies,
    turn,
    stopFunctions: [
      lag.stop,
      garbageCollection.stop,
      reopened.start(),
      dependencies.preparations?.start() ?? (() => undefined),
      socketServer.start(),
      rejectionLog.start(),
      turn ? webPortCheck.start() : () => undefined,
      publicUrlVisit?.start(nodeServer) ?? (() => undefined),
      httpServer.stop,
    ],
    saveRooms: reopened.save,
  }
  const pathPrefix = config.publicUrl?.pathPrefix ?? ''
  const pages = loadStaticPages(overrides.pagesDirectory, config)
  const healthRoutes = createHealthRoutes(dependencies.drain, () => shared?.store.isAvailable ?? true)
  // A browser with HSTS shows no way past a warning, and the page about it needs http.
  const isHttps = !isLan && (config.tls !== undefined || config.publicUrl?.scheme === 'https')
  // The admin listener starts after the request handler is attached.
  let adminListener: AdminListener | null = null
  const loopbackAdminUrl = (): string | null => (adminListener?.isOnLoopback ? adminListener.url : null)
  serveRequests(
    nodeServer,
    createRequestHandler({
      pages,
      names: serverNames,
      onRejection: rejectionLog.record,
      checkUpgrade: socketServer.checkUpgrade,
      pathPrefix,
      routes: {
        ...healthRoutes,
        ...lanRoutes,
        '/addresses': () => lanUrlsResponse(loopbackAdminUrl()),
        '/setup': () => jsonResponse({ proxyFaults: publicUrlVisit?.faults ?? [] }),
      },
      headerOptions: () => ({
        isHttps,
        connectSources: [loopbackAdminUrl() ?? []].flat(),
        frameAncestors: config.frameAncestors,
      }),
    }),
  )
  nodeServer.on('upgrade', createUpgradeListener(nodeServer, socketServer.upgrade, pathPrefix))
  const lanUrls = () => (config.unixSocket ? [] : listLanUrls({ scheme, port, host: config.host }))
  const inspector = overrides.hasInspector ? createInspector(dependencies, serverNames, limits, pages) : null
  const closeAdmin = async (): Promise<void> => {
    await inspector?.close()
    await adminListener?.close()
  }
  try {
    adminListener = await startAdminListener(config.admin, {
      metrics: createMetrics({
        ...parts,
        limits,
        eventLoopLagSeconds: lag.lagSeconds,
        garbageCollection,
        publicUrlVisit,
        sharedStore: shared?.store,
      }),
      healthRoutes,
      names: serverNames,
      pathPrefix,
      rejectionLog,
      lanUrls,
      inspector,
      log,
    })
    if (inspector && !adminListener)
      throw new Error(
        '--inspect needs the admin listener. Set DUET_ADMIN to an address with a free port, such as 127.0.0.1:0.',
      )
  } catch (error) {
    await close(parts)
    await closeAdmin()
    throw error
  }
  log.info(
    { scheme, ...(config.unixSocket ? { socket: config.unixSocket.path } : { port }), turn: turn?.port },
    'server listening',
  )
  return {
    port,
    turnPort: turn?.port,
    lanUrls: lanUrls(),
    adminUrl: adminListener?.url,
    url: config.unixSocket
      ? `unix:${config.unixSocket.path}`
      : `${scheme}://${isWildcardHost(config.host) ? 'localhost' : urlHost(config.host)}:${port}`,
    reload(env) {
      httpServer.reload()
      if (turn) reloadTurn(turn, env, log)
    },
    drain: (relayTimeoutMs) => drain(parts, relayTimeoutMs).finally(closeAdmin),
    close: () => close(parts).finally(closeAdmin),
  }
}

/** Only with `DUET_REDIS_URL` the process loads the client of Redis. */
async function openRoomsInRedis(
  { redisUrls: urls }: Config,
  { secrets }: PersistentState,
  options: Omit<SharedRoomsOptions, 'urls' | 'secrets' | 'onLeaseLost'>,
  onLeaseLost: () => void,
): Promise<SharedRooms | null> {
  if (!urls) return null
  const { openSharedRooms } = await import('./redis/sharedRooms.ts')
  return openSharedRooms({ ...options, urls, secrets, onLeaseLost })
}

/** Port of http, by default for `--lan` only: with another certificate, certbot may need it for itself. */
const defaultRedirectPort = 80

/** Redirects http at a port of its own. Without `DUET_REDIRECT_PORT` a failure is logged only. */
async function startRedirect(
  { httpsRedirect }: HttpServer,
  { redirectPort, host }: Config,
  { port, isLan }: { port: number; isLan: boolean },
  log: Log,
): Promise<void> {
  const wanted = redirectPort === undefined && isLan ? defaultRedirectPort : redirectPort
  if (!httpsRedirect || wanted === undefined || wanted === null) return
  try {
    log.info({ port: await httpsRedirect.listen({ port: wanted, host }, port) }, 'redirecting http')
  } catch (error) {
    if (redirectPort !== undefined) throw error
    log.info({ reason: (error as Error).message }, 'http not redirected')
  }
}

/** Resolves to the TCP port; 0 at a Unix socket. */
async function listenAtWebPort(server: Server, config: Config): Promise<number> {
  if (!config.unixSocket) return listen(server, config)
  await listenUnix(server, config.unixSocket)
  return 0
}

/**
 * Names the admin listener, where a page on this machine reads the LAN URLs to share. Only a browser on this machine
 * reaches that listener, so the server need not trust any header of a proxy. A redirect did not work:
 * Chromium rejected the redirected response for its missing Access-Control-Allow-Origin.
 */
const lanUrlsResponse = (adminUrl: string | null): TextResponse =>
  jsonResponse({ url: adminUrl && `${adminUrl}/addresses` })

const jsonResponse = (content: object): TextResponse => ({
  status: 200,
  text: JSON.stringify(content),
  type: 'application/json',
})

/**
 * Without `DUET_TURN_SECRET`, the relay uses a key derived from the server's secret.
 * Credentials then survive a restart if that secret does.
 */
async function startEmbeddedTurn({ turn }: Config, { secrets }: PersistentState, log: Log): Promise<TurnServer | null> {
  if (turn.mode === 'off') return null
  const persistent = turn.isSecretRandom && secrets.isPersistent && { secrets: deriveTurnSecrets(secrets) }
  return startTurn({ ...turn.options, ...persistent, log }).catch((cause: unknown) => {
    throw new Error(
      `DUET_TURN: ${(cause as Error).message} (DUET_TURN_PORT chooses another port, DUET_TURN=off disables TURN)`,
      { cause },
    )
  })
}

function createDependencies(parts: {
  clock: Clock
  log: Log
  rooms: RoomService
  ice: IceSource
  isPreparationOn: boolean
  drainSpreadMs: number
  limits: Limits
  rates: SharedRates | undefined
}): Dependencies {
  const { clock, log, rooms, ice, isPreparationOn, drainSpreadMs, limits, rates } = parts
  // A prepared connection uses only relay candidates.
  const hasRelay =
    ice.type === 'embedded' || (ice.type === 'elsewhere' && ice.urls.some((url) => /^turns?:/i.test(url)))
  return {
    clock,
    log,
    rooms,
    preparations: isPreparationOn && hasRelay ? new Preparations(rooms, clock, limits, rates) : undefined,
    rateLimiter: new RateLimiter(limits, rates),
    drain: new Drain(drainSpreadMs),
    ice: createIceConfigSource(ice, clock),
    canInspect: false,
  }
}
