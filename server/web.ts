import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { alpnProtocols, followCertificate, type Turn } from '../turn/index.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { shareWithTurn } from './share.ts'

/** The web port, before it listens. */
export interface Web {
  readonly server: Server
  /** Looks whether the certificate is a new one. */
  reload(): void
  /** Of the certificate's life; undefined without one. */
  daysLeft(): number | undefined
  stop(): void
  /** Cuts every connection that is left, and resolves when they are closed. */
  close(): Promise<void>
}

/** Nobody sends us more than some lines: who takes longer for them only takes up room. Node's own figures are minutes. */
const patience = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 500, handshakeTimeout: 10_000 }

/** HTTP or HTTPS, and TURN beside it. */
export function openWeb(tls: Config['tls'], turn: Turn | null, log: Log): Web {
  const server = tls ? createHttpsServer({ ...tls, ...patience, ALPNProtocols: ['http/1.1', ...alpnProtocols] }) : createHttpServer(patience)
  const raw = tls ? connectionsOf(server) : []
  const stopSharing = turn && shareWithTurn(server, tls !== undefined, turn)
  const following = tls && followCertificate(tls.files, tls, (next) => (server as ReturnType<typeof createHttpsServer>).setSecureContext(next), log)
  return {
    server,
    reload: () => following?.refresh(),
    daysLeft: () => following?.daysLeft(),
    stop() {
      stopSharing?.()
      following?.stop()
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of raw) socket.destroy()
    }),
  }
}

/** What is below TLS: who does not finish the handshake is known to nobody else. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => void open.add(socket.once('close', () => open.delete(socket))))
  return open
}
