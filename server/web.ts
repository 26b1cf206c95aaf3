import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
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
}

/** HTTP or HTTPS, and TURN beside it. */
export function openWeb(tls: Config['tls'], turn: Turn | null, log: Log): Web {
  const server = tls ? createHttpsServer({ ...tls, ALPNProtocols: ['http/1.1', ...alpnProtocols] }) : createHttpServer()
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
  }
}
