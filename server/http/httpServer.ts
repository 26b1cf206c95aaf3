import { X509Certificate } from 'node:crypto'
import { createServer as createPlainServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { alpnProtocols, watchCertificate, type TurnServer } from '../../turn/index.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../common/log.ts'
import { rejectMalformedRequests } from './malformedRequests.ts'
import { PlainConnections } from './plainConnections.ts'
import type { Rejection } from '../net/rejection.ts'
import { enforceRequestTimeout } from './requestTimeout.ts'
import { multiplexTurn } from '../turn/portMultiplexer.ts'

/** The web port, before it listens. */
export interface HttpServer {
  readonly server: Server
  /** Connections without a WebSocket and without TURN. */
  readonly plainConnections: PlainConnections
  /** Called for each request that is not valid HTTP, or does not arrive in time. */
  onRejection: (rejection: Rejection) => void
  /** Looks whether the certificate is a new one. */
  reload(): void
  /** The one in use now; undefined without one. */
  certificate(): X509Certificate | undefined
  stop(): void
  /** Cuts every connection that is left, and resolves when they are closed. */
  close(): Promise<void>
}

/** A request has a few lines. Node's own timeouts are minutes, and count time in which the server did not read (requestTimeout.ts). */
const requestTimeoutMs = 5_000
const requestSweepIntervalMs = 500
const nodeTimeouts = { headersTimeout: 0, requestTimeout: 0, handshakeTimeout: 10_000 }

/** How long a client may take nothing of its response. WebSockets and TURN have rules of their own. */
const responseIdleTimeoutMs = 30_000

/**
 * HTTP or HTTPS, and TURN beside it.
 * @param maxPlainConnections connections without a WebSocket and without TURN
 */
export function createHttpServer(
  tls: Config['tls'],
  turn: TurnServer | null,
  log: Log,
  maxPlainConnections: number,
): HttpServer {
  const server = tls
    ? createTlsServer({ ...tls, ...nodeTimeouts, ALPNProtocols: ['http/1.1', ...alpnProtocols] })
    : createPlainServer(nodeTimeouts)
  const reportRejection = (rejection: Rejection): void => httpServer.onRejection(rejection)
  const rawSockets = tls ? trackConnections(server) : []
  const stopRequestTimeout = enforceRequestTimeout(
    server,
    tls ? 'secureConnection' : 'connection',
    requestTimeoutMs,
    requestSweepIntervalMs,
    reportRejection,
  )
  rejectMalformedRequests(server, reportRejection)
  const plainConnections = new PlainConnections(maxPlainConnections)
  const stopMultiplexer =
    turn &&
    multiplexTurn(server, tls !== undefined, {
      handleConnection(socket) {
        plainConnections.release(socket)
        turn.handleConnection(socket)
      },
    })
  plainConnections.attach(server)
  let certificate = tls && new X509Certificate(tls.cert)
  const certificateWatch =
    tls &&
    watchCertificate(
      tls.files,
      tls,
      (next) => {
        ;(server as ReturnType<typeof createTlsServer>).setSecureContext(next)
        certificate = new X509Certificate(next.cert)
      },
      log,
    )
  // `server.timeout` would leave each WebSocket a Timeout of 450 bytes that never ends.
  server.on('request', ({ socket }: IncomingMessage) => void socket.setTimeout(responseIdleTimeoutMs))
  const httpServer: HttpServer = {
    server,
    plainConnections,
    onRejection: () => undefined,
    reload: () => certificateWatch?.refresh(),
    certificate: () => certificate,
    stop() {
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

/** Raw TCP sockets. Needed to close clients that never finish the TLS handshake. */
function trackConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => void open.add(socket.once('close', () => open.delete(socket))))
  return open
}
