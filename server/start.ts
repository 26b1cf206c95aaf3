import type { IncomingMessage } from 'node:http'
import { isNearbyIp, reloadTurn, startTurn, urlHost, type Environment, type Turn } from '../turn/index.ts'
import { lanAddresses } from './addresses.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { Drain } from './drain.ts'
import { close, drain } from './end.ts'
import { figuresOf } from './figures.ts'
import { isEvery } from './host.ts'
import { answerRequests } from './http.ts'
import { iceServers, type IceSource } from './ice.ts'
import { type SocketLimits, socketLimits } from './limits.ts'
import { listen } from './listen.ts'
import { createLog, type Log } from './log.ts'
import { gateFor } from './origin.ts'
import { openPages } from './pages.ts'
import { Proxies } from './proxies.ts'
import { reopenRooms } from './reopen.ts'
import type { Rooms } from './rooms.ts'
import type { Services } from './services.ts'
import { Sockets } from './sockets.ts'
import { openState, type State } from './state.ts'
import type { Store } from './store.ts'
import { Throttle, type ThrottleLimits, throttleLimits } from './throttle.ts'
import { openWeb } from './web.ts'

/** What tests and embedders may bring instead of the usual. */
export interface Overrides {
  clock?: Clock
  log?: Log
  limits?: Partial<SocketLimits>
  throttle?: Partial<ThrottleLimits>
  /** Where rooms live, if others serve them as well. */
  store?: Store
  /** How long strangers wait after a crash, in ms (hold.ts). */
  holdMs?: number
  /** Where `vite build client` wrote the pages. */
  pages?: string
  /** Lets who sits at this machine look at the rooms. */
  inspects?: boolean
}

export interface Running {
  port: number
  /** To open on this machine. */
  url: string
  /** On the LAN. */
  addresses: readonly string[]
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
  const web = openWeb(config.tls, turn, log)
  const http = web.server
  const port = await listen(http, config).catch(async (error: unknown) => {
    web.stop()
    await turn?.close()
    throw error
  })
  const scheme = config.tls ? 'https' : 'http'
  const addresses = () => lanAddresses({ scheme, port, host: config.host })
  const clock = overrides.clock ?? systemClock
  const { store, holdMs } = overrides
  const reopened = reopenRooms({ state, clock, log, store, holdMs })
  const services = makeServices(overrides, { clock, log, addresses, rooms: reopened.rooms, ice: sourceOf(config, turn, scheme) })
  const proxies = new Proxies(config.trustedProxies)
  const sockets = new Sockets(services, gateFor(scheme, config.allowedOrigins), proxies, { ...socketLimits, ...overrides.limits })
  const parts = { web, sockets, services, turn, stops: [reopened.start(), sockets.start(), web.stop], leaveRooms: reopened.leave }
  const condition = { isReady: () => !services.drain.isOn, metrics: figuresOf(parts), mayMeasure: measuring(config, proxies) }
  http.on('request', answerRequests(openPages(overrides.pages), condition, config.tls !== undefined))
  http.on('upgrade', sockets.upgrade)
  log.info({ scheme, port, turn: turn?.port }, 'server listens')
  return {
    port, addresses: addresses(), url: `${scheme}://${isEvery(config.host) ? 'localhost' : urlHost(config.host)}:${port}`,
    reload(env) {
      web.reload()
      if (turn) reloadTurn(turn, env, log)
    },
    drain: (milliseconds) => drain(parts, milliseconds),
    close: () => close(parts),
  }
}

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

function makeServices(overrides: Overrides, { clock, log, addresses, rooms, ice }: {
  clock: Clock
  log: Log
  addresses: () => string[]
  rooms: Rooms
  ice: IceSource
}): Services {
  return {
    clock, log, rooms,
    throttle: new Throttle({ ...throttleLimits, ...overrides.throttle }),
    drain: new Drain(),
    ice: iceServers(ice, clock),
    // Nobody else has to know the addresses behind a name.
    addresses: ({ isLocal }) => (isLocal ? addresses() : []),
    inspects: overrides.inspects === true,
  }
}

/** Who may read the numbers: they tell when calls are held, which is nobody's business but the owner's. */
const measuring = ({ metricsAllow }: Config, proxies: Proxies) => (request: IncomingMessage): boolean => {
  const caller = proxies.callerOf(request)
  return metricsAllow.has(caller) || (isNearbyIp(caller) && !proxies.hides(request))
}
