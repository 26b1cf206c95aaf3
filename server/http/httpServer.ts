import { X509Certificate } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { alpnProtocols, followCertificate, type Turn } from '../../turn/index.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../common/log.ts'
import { rejectMalformed } from './malformed.ts'
import { PlainConnections } from './plainConnections.ts'
import type { Rejection } from '../net/rejection.ts'
import { limitRequestTime } from './requestTimeout.ts'
import { shareWithTurn } from '../turn/portMultiplexer.ts'

/** The web port, before it listens. */
export interface Web {
  readonly server: Server
  /** Connections without a WebSocket and without TURN. */
  readonly plain: PlainConnections
  /** Called for each request that is not valid HTTP, or does not arrive in time. */
  onRejection: (rejection: Rejection) => void
  /** Looks whether the certificate is a new one. */
  reload(): void
  /** The one in use now; undefined without one. */
  certificate(): X509Certificate | undefined
  /** Of the certificate's life; undefined without one. */
  daysLeft(): number | undefined
  stop(): void
  /** Cuts every connection that is left, and resolves when they are closed. */
  close(): Promise<void>
}

/** A request has a few lines. Node's own timeouts are minutes, and count time in which the server did not read (requestTimeout.ts). */
const requestMs = 5_000
const requestSweepMs = 500
const patience = { headersTimeout: 0, requestTimeout: 0, handshakeTimeout: 10_000 }

/** How long a client may take nothing of its response. WebSockets and TURN have rules of their own. */
const idleMs = 30_000

/**
 * HTTP or HTTPS, and TURN beside it.
 * @param mostPlain connections without a WebSocket and without TURN
 */
export function openWeb(tls: Config['tls'], turn: Turn | null, log: Log, mostPlain: number): Web {
  const server = tls ? createHttpsServer({ ...tls, ...patience, ALPNProtocols: ['http/1.1', ...alpnProtocols] }) : createHttpServer(patience)
  const note = (rejection: Rejection): void => web.onRejection(rejection)
  const raw = tls ? connectionsOf(server) : []
  const stopWaiting = limitRequestTime(server, tls ? 'secureConnection' : 'connection', requestMs, requestSweepMs, note)
  rejectMalformed(server, note)
  const plain = new PlainConnections(mostPlain)
  const stopSharing = turn && shareWithTurn(server, tls !== undefined, {
    serve(socket) {
      plain.release(socket)
      turn.serve(socket)
    },
  })
  plain.watch(server)
  let certificate = tls && new X509Certificate(tls.cert)
  const following = tls && followCertificate(tls.files, tls, (next) => {
    ;(server as ReturnType<typeof createHttpsServer>).setSecureContext(next)
    certificate = new X509Certificate(next.cert)
  }, log)
  // `server.timeout` would leave each WebSocket a Timeout of 450 bytes that never ends.
  server.on('request', ({ socket }: IncomingMessage) => void socket.setTimeout(idleMs))
  const web: Web = {
    server, plain,
    onRejection: () => undefined,
    reload: () => following?.refresh(),
    certificate: () => certificate,
    daysLeft: () => following?.daysLeft(),
    stop() {
      stopSharing?.()
      stopWaiting()
      following?.stop()
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of raw) socket.destroy()
    }),
  }
  return web
}

/** What is below TLS: who does not finish the handshake is known to nobody else. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => void open.add(socket.once('close', () => open.delete(socket))))
  return open
}
