import { randomBytes, X509Certificate } from 'node:crypto'
import { createServer as createPlainServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  alpnProtocols,
  HandshakeQueue,
  NetworkRateLimiter,
  ProxyProtocol,
  tlsOptions,
  watchCertificate,
  type TurnServer,
} from '../../turn/index.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../common/log.ts'
import { createHttpsRedirect, type HttpsRedirect } from './httpsRedirect.ts'
import { rejectMalformedRequests } from './malformedRequests.ts'
import { PlainConnections } from './plainConnections.ts'
import { rejections, type Rejection } from '../net/rejection.ts'
import { enforceRequestTimeout } from './requestTimeout.ts'
import { multiplexTurn } from '../turn/portMultiplexer.ts'

/** The web port. `listen.ts` starts listening. */
export interface HttpServer {
  readonly server: Server
  /** Connections that carry neither a WebSocket nor TURN. */
  readonly plainConnections: PlainConnections
  /** The TLS handshakes; null without TLS. */
  readonly handshakes: HandshakeQueue | null
  /** The proxies that send the PROXY protocol. */
  readonly proxyProtocol: ProxyProtocol
  /** Answers http at the port of https; null without TLS. */
  readonly httpsRedirect: HttpsRedirect | null
  /** Called for each request that is malformed or times out, and for each rejected TLS handshake. */
  onRejection: (rejection: Rejection) => void
  /** Reloads the certificate if its files changed. */
  reload(): void
  /** The current certificate; undefined without TLS. */
  certificate(): X509Certificate | undefined
  /** Stops the timers and file watchers, and closes connections that have sent no bytes. */
  stop(): void
  /** Closes all remaining connections; resolves when they are closed. */
  close(): Promise<void>
}

/** A request has a few lines. Node's own timeouts are minutes, and include stalls of the server (requestTimeout.ts). */
const requestTimeoutMs = 5_000
/** Interval of the check for late requests. */
const requestSweepIntervalMs = 500
const nodeTimeouts = { headersTimeout: 0, requestTimeout: 0, handshakeTimeout: 10_000 }

/** Timeout in ms for a client that reads nothing of its response. WebSockets and TURN have their own timeouts. */
const responseIdleTimeoutMs = 30_000

type HttpServerConfig = Pick<Config, 'tls' | 'trustedProxies' | 'publicUrl' | 'turn'>
type HttpServerLimits = Pick<Limits, 'plainConnectionsTotal' | 'tlsHandshakesPerAddress' | 'tlsHandshakesPerSecond'>

/**
 * Creates the server of the web port: HTTP or HTTPS, multiplexed with TURN.
 * @param trustedProxies reverse proxies, whose TLS handshakes have no limit
 */
export function createHttpServer(
  { tls, trustedProxies, publicUrl, turn: { options } }: HttpServerConfig,
  turn: TurnServer | null,
  log: Log,
  limits: HttpServerLimits,
): HttpServer {
  const server = tls
    ? createTlsServer({ ...tls, ...tlsOptions, ...nodeTimeouts, ALPNProtocols: ['http/1.1', ...alpnProtocols] })
    : createPlainServer(nodeTimeouts)
  const reportRejection = (rejection: Rejection): void => httpServer.onRejection(rejection)
  const httpsRedirect = tls ? createHttpsRedirect(publicUrl, limits) : null
  const handshakes = httpsRedirect && createHandshakeQueue(limits, trustedProxies, reportRejection, httpsRedirect)
  if (handshakes) limitHandshakes(server, handshakes)
  const rawSockets = tls ? trackConnections(server) : []
  const stopRequestTimeout = enforceRequestTimeout(
    server,
    tls ? 'secureConnection' : 'connection',
    requestTimeoutMs,
    requestSweepIntervalMs,
    reportRejection,
  )
  rejectMalformedRequests(server, reportRejection)
  const plainConnections = new PlainConnections(limits.plainConnectionsTotal)
  const stopMultiplexer =
    turn &&
    multiplexTurn(server, tls !== undefined, {
      handleConnection(socket) {
        plainConnections.release(socket)
        turn.handleConnection(socket)
      },
    })
  plainConnections.attach(server)
  const proxyProtocol = new ProxyProtocol(options.proxySources ?? [])
  acceptProxyProtocol(server, proxyProtocol)
  let certificate = tls && new X509Certificate(tls.cert)
  const certificateWatch =
    tls &&
    watchCertificate(
      tls.files,
      tls,
      (next) => {
        ;(server as ReturnType<typeof createTlsServer>).setSecureContext({ ...next, ...tlsOptions })
        certificate = new X509Certificate(next.cert)
      },
      log,
    )
  // `server.timeout` would leave a Timeout object of 450 bytes on each WebSocket.
  server.on('request', ({ socket }: IncomingMessage) => void socket.setTimeout(responseIdleTimeoutMs))
  const httpServer: HttpServer = {
    server,
    plainConnections,
    handshakes,
    proxyProtocol,
    httpsRedirect,
    onRejection: () => undefined,
    reload: () => certificateWatch?.refresh(),
    certificate: () => certificate,
    stop() {
      httpsRedirect?.close()
      proxyProtocol.close()
      stopMultiplexer?.()
      stopRequestTimeout()
      certificateWatch?.stop()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of rawSockets) socket.destroy()
      }),
  }
  return httpServer
}

function createHandshakeQueue(
  { tlsHandshakesPerAddress: burst, tlsHandshakesPerSecond: perSecond }: HttpServerLimits,
  trustedProxies: Config['trustedProxies'],
  onRejection: (rejection: Rejection) => void,
  httpsRedirect: HttpsRedirect,
): HandshakeQueue {
  return new HandshakeQueue(
    new NetworkRateLimiter(randomBytes(32), { burst, perSecond }),
    () => onRejection(rejections.tooManyHandshakes),
    (ip) => trustedProxies.has(ip),
    (socket) => httpsRedirect.handleConnection(socket),
  )
}

/** Passes connections to TLS through the queue. Call it before other listeners for `connection` are attached. */
function limitHandshakes(server: Server, handshakes: HandshakeQueue): void {
  const tlsListeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) =>
    handshakes.add(socket, () => {
      for (const listener of tlsListeners) listener.call(server, socket)
    }),
  )
}

/** Call it after all other listeners for connections are attached: it replaces them. */
function acceptProxyProtocol(server: Server, proxyProtocol: ProxyProtocol): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) =>
    proxyProtocol.accept(socket, () => {
      for (const listener of listeners) listener.call(server, socket)
    }),
  )
  server.prependListener('secureConnection', (socket: TLSSocket) => proxyProtocol.inherit(socket))
}

/** Raw TCP sockets. Needed to close clients that never finish the TLS handshake. */
function trackConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => void open.add(socket.once('close', () => open.delete(socket))))
  return open
}
