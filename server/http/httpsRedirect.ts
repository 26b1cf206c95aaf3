import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { PublicUrl } from '../config/publicUrl.ts'
import { parseHostHeader } from '../net/hostHeader.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import { listen } from './listen.ts'
import { PlainConnections } from './plainConnections.ts'
import { checkHost } from '../net/originPolicy.ts'
import type { Routes } from './requestHandler.ts'
import { rejectionText } from '../net/rejection.ts'
import type { ServerNames } from '../net/serverNames.ts'

/** A request has a few lines. */
const timeouts = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 500 }

/** Answers http with the address of https: at the port of https, and at a port of its own. */
export interface HttpsRedirect {
  /** The names of this server. Before they are known, every request gets 503. */
  names: ServerNames | null
  /** Paths that are answered over http, too. */
  routes: Routes
  handleConnection(socket: Socket): void
  /**
   * Listens at a port of its own, such as 80. Resolves to the port.
   * @param webPort the port of https
   * @throws {Error} with a message of one line that names the setting to change
   */
  listen(address: { port: number; host?: string | undefined }, webPort: number): Promise<number>
  /** Closes that port, and all connections. May be called without `listen`. */
  close(): void
}

/**
 * Creates the answer to a person who typed `http://`: a redirect to the same path with https. It is temporary (307),
 * because browsers store a permanent one even after the server no longer uses TLS.
 */
export function createHttpsRedirect(
  publicUrl: PublicUrl | undefined,
  limits: Pick<Limits, 'plainConnectionsTotal'>,
): HttpsRedirect {
  /** The own port, and the one of https. */
  let ports: { own: number; web: number } | null = null
  const server = createServer(timeouts, (request, response) => {
    response.shouldKeepAlive = false
    const rejection = redirect.names && checkHost(request, redirect.names)
    const { host = '' } = request.headers
    const isOwnPort = request.socket.localPort === ports?.own
    const origin = publicUrl?.origin ?? originAt(host, isOwnPort ? ports?.web : undefined)
    if (!redirect.names || rejection || !origin) {
      response.writeHead(rejection?.status ?? 503, { 'Content-Type': 'text/plain; charset=utf-8' })
      return response.end(rejection ? rejectionText(rejection) : undefined)
    }
    const route = redirect.routes[request.url ?? '']
    if (route) {
      void Promise.resolve(route(request)).then(({ status, type, text }) =>
        response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text),
      )
      return
    }
    const path = /^\/(?!\/)/.test(request.url ?? '') ? request.url : '/'
    response.writeHead(307, { Location: `${origin}${path}`, 'Cache-Control': 'no-store' }).end()
  })
  new PlainConnections(limits.plainConnectionsTotal).attach(server)
  const redirect: HttpsRedirect = {
    names: null,
    routes: {},
    handleConnection(socket) {
      server.emit('connection', socket)
      socket.resume()
    },
    async listen({ port, host }, webPort) {
      const own = await listen(server, { port, ...(host && { host }) }, { port: 'DUET_REDIRECT_PORT', host: 'HOST' })
      ports = { own, web: webPort }
      return own
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return redirect
}

/** The origin of https for a `Host` header. @param port in place of the header's own port */
function originAt(host: string, port?: number): string | undefined {
  const url = parseHostHeader(host, 'https')
  if (url && port !== undefined) url.port = String(port)
  return url?.origin
}
