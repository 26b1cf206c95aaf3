import { AddressSet, reloadTurn, startTurn, urlHost, type Environment, type Turn } from '../turn/index.ts'
import { lanAddresses } from './net/lanUrls.ts'
import { startAdmin, type Admin } from './http/adminServer.ts'
import { type Clock, systemClock } from './common/clock.ts'
import type { Config } from './config/config.ts'
import { Drain } from './common/drain.ts'
import { close, drain } from './shutdown.ts'
import { figuresOf } from './metrics/serverMetrics.ts'
import { isEvery } from './net/hostHeader.ts'
import { answerRequests, type Answer } from './http/requestHandler.ts'
import { iceServers, type IceSource } from './turn/iceServers.ts'
import { type SocketLimits, socketLimits } from './config/socketLimits.ts'
import { listen } from './http/listen.ts'
import { createLog, type Log } from './common/log.ts'
import { OwnNames } from './net/ownNames.ts'
import { gateFor } from './net/originPolicy.ts'
import { upgradeOrIgnore } from './http/offers.ts'
import { openPages, type Pages } from './http/staticFiles.ts'
import { Proxies } from './net/trustedProxies.ts'
import { conditionNotes } from './http/readiness.ts'
import { RejectionLog } from './net/rejection.ts'
import { reopenRooms } from './rooms/reopenRooms.ts'
import type { Rooms } from './rooms/roomService.ts'
import type { Services } from './api/dependencies.ts'
import { Sockets } from './ws/socketServer.ts'
import { openState, type State } from './rooms/stateDirectory.ts'
import type { Store } from './rooms/store.ts'
import { Throttle, type ThrottleLimits, throttleLimits } from './limits/rateLimiter.ts'
import { openWeb } from './http/httpServer.ts'

/** What tests and embedders may bring instead of the usual. */
export interface Overrides {
  clock?: Clock
  log?: Log
  limits?: Partial<SocketLimits>
  throttle?: Partial<ThrottleLimits>
  /** Where rooms live, if others serve them as well. */
  store?: Store
  /** How long strangers wait after a crash, in ms (startHold.ts). */
  holdMs?: number
  /** Where `vite build client` wrote the pages. */
  pages?: string
  /** Serves the rooms in the Stately Inspector at the admin listener. */
  inspects?: boolean
}

export interface Running {
  port: number
  /** To open on this machine. */
  url: string
  /** On the LAN. */
  addresses: readonly string[]
  /** Of the admin listener, to open on this machine; undefined where there is none. */
  adminUrl: string | undefined
  /** Reads again what may change: the certificate, and what TURN's settings allow. */
  reload(env: Environment): void
  /**
   * Says good-bye to everybody, lets calls that are relayed go on for so many milliseconds at most, and resolves when every
   * socket is closed.
   */
  drain(milliseconds: number): Promise<void>
  /** Says good-bye to everybody, and resolves when every socket is closed. */
  close(): Promise<void>
}

/** Starts what `config` says; rejects with one line that says what cannot be had. */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<Running> {
  const log = overrides.log ?? createLog(config.logLevel)
  const state = openState({ secrets: config.secrets, folder: config.stateFolder }, log)
  const turn = await startOwnTurn(config, state, log)
  const limits = { ...socketLimits, ...overrides.limits }
  const web = openWeb(config.tls, turn, log, limits.plainConnectionsTotal)
  const http = web.server
  const port = await listen(http, config).catch(async (error: unknown) => {
    web.stop()
    await turn?.close()
    throw error
  })
  const scheme = config.tls ? 'https' : 'http'
  const clock = overrides.clock ?? systemClock
  const { store, holdMs } = overrides
  const reopened = reopenRooms({ state, clock, log, store, holdMs, limits })
  const services = makeServices(overrides, { clock, log, rooms: reopened.rooms, ice: sourceOf(config, turn, scheme) })
  const origins = [...config.allowedOrigins, ...(config.publicUrl ? [config.publicUrl] : [])]
  const names = new OwnNames(origins, web.certificate)
  const rejected = new RejectionLog(clock, log)
  const sockets = new Sockets(services, gateFor(scheme, names, origins), new Proxies(config.trustedProxies, config.publicUrl), limits)
  sockets.door.onRejection = rejected.note
  web.onRejection = rejected.note
  const parts = { web, sockets, services, turn, stops: [reopened.start(), sockets.start(), rejected.start(), web.stop], leaveRooms: reopened.leave }
  const [pages, condition] = [openPages(overrides.pages), conditionNotes(services.drain)]
  const isHttps = config.tls !== undefined || config.publicUrl?.startsWith('https:') === true
  // Of the admin listener, which begins a moment later.
  let admin: Admin | null = null
  const nearUrl = (): string | null => (admin?.isOnLoopback ? admin.url : null)
  http.on('request', answerRequests({
    pages, names, onRejection: rejected.note, refusalOfSocket: sockets.refusalOf,
    notes: { ...condition, '/addresses': () => addressesAt(nearUrl()) },
    facts: () => ({ isHttps, connects: [nearUrl() ?? []].flat() }),
  }))
  http.on('upgrade', upgradeOrIgnore(http, sockets.upgrade))
  const addresses = () => lanAddresses({ scheme, port, host: config.host })
  const inspector = overrides.inspects ? openInspector(services, names, limits, pages) : null
  const closeAdmin = async (): Promise<void> => {
    await inspector?.close()
    await admin?.close()
  }
  try {
    admin = await startAdmin(config.admin, { metrics: figuresOf({ ...parts, limits }), condition, names, rejected, addresses, inspector, log })
    if (inspector && !admin) throw new Error('--inspect needs the admin listener: set DUET_ADMIN to an address with a free port, such as 127.0.0.1:0')
  } catch (error) {
    await close(parts)
    await closeAdmin()
    throw error
  }
  log.info({ scheme, port, turn: turn?.port }, 'server listens')
  return {
    port, addresses: addresses(), adminUrl: admin?.url,
    url: `${scheme}://${isEvery(config.host) ? 'localhost' : urlHost(config.host)}:${port}`,
    reload(env) {
      web.reload()
      if (turn) reloadTurn(turn, env, log)
    },
    drain: (milliseconds) => drain(parts, milliseconds).finally(closeAdmin),
    close: () => close(parts).finally(closeAdmin),
  }
}

/** Sockets of its own, at which the rooms may be looked at; those of the public port never may. */
function openInspector(services: Services, names: OwnNames, limits: SocketLimits, pages: Pages) {
  const sockets = new Sockets({ ...services, inspects: true }, gateFor('http', names, []), new Proxies(new AddressSet([])), limits)
  const stop = sockets.start()
  return {
    pages, sockets,
    async close() {
      await sockets.close()
      stop()
    },
  }
}

/**
 * Where a page that was opened on this machine learns the addresses to share: at the admin listener. Only a browser on this machine
 * reaches that one, so nothing has to be believed of a request that came through a proxy. This is no redirect: tried, and
 * Chromium refused the answer behind it as one without Access-Control-Allow-Origin.
 */
const addressesAt = (adminUrl: string | null): Answer =>
  ({ status: 200, text: JSON.stringify({ url: adminUrl && `${adminUrl}/addresses` }), type: 'application/json' })

/** Without a secret of its own the relay has one of the server's, so that credentials outlast a restart where that one does. */
async function startOwnTurn({ turn }: Config, { secrets }: State, log: Log): Promise<Turn | null> {
  if (turn.mode === 'off') return null
  const lasting = turn.secretIsRandom && secrets.isLasting && { secrets: secrets.keysFor('turn').map((key) => key.toString('base64url')) }
  return startTurn({ ...turn.options, ...lasting, log }).catch((cause: unknown) => {
    throw new Error(`DUET_TURN: ${(cause as Error).message} (DUET_TURN_PORT chooses another port, DUET_TURN=off does without)`, { cause })
  })
}

function sourceOf({ turn: { urls, options } }: Config, turn: Turn | null, scheme: 'http' | 'https'): IceSource {
  const [secret = ''] = options.secrets
  if (turn) return { type: 'embedded', turn, scheme, urls }
  return urls.length > 0 ? { type: 'elsewhere', urls, secret } : { type: 'none' }
}

function makeServices(overrides: Overrides, { clock, log, rooms, ice }: { clock: Clock; log: Log; rooms: Rooms; ice: IceSource }): Services {
  return {
    clock, log, rooms,
    throttle: new Throttle({ ...throttleLimits, ...overrides.throttle }),
    drain: new Drain(),
    ice: iceServers(ice, clock),
    inspects: false,
  }
}
