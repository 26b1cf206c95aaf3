import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { PublicUrl } from '../config/publicUrl.ts'
import { parseHostHeader } from '../net/hostHeader.ts'
import { checkHost } from '../net/originPolicy.ts'
import type { Routes } from './requestHandler.ts'
import { rejectionText } from '../net/rejection.ts'
import type { ServerNames } from '../net/serverNames.ts'

/** A request has a few lines. */
const timeouts = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 500 }

/** Answers connections that speak http at the port of https. */
export interface HttpsRedirect {
  /** The names of this server. Before they are known, every request gets 503. */
  names: ServerNames | null
  /** Paths that are answered over http, too. */
  routes: Routes
  handleConnection(socket: Socket): void
}

/**
 * Creates the answer to a person who typed `http://`: a redirect to the same path with https. It is temporary (307),
 * because browsers store a permanent one even after the server no longer uses TLS.
 */
export function createHttpsRedirect(publicUrl: PublicUrl | undefined): HttpsRedirect {
  const server = createServer(timeouts, (request, response) => {
    response.shouldKeepAlive = false
    const rejection = redirect.names && checkHost(request, redirect.names)
    const { host = '' } = request.headers
    const origin = publicUrl?.origin ?? parseHostHeader(host, 'https')?.origin
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
  const redirect: HttpsRedirect = {
    names: null,
    routes: {},
    handleConnection(socket) {
      server.emit('connection', socket)
      socket.resume()
    },
  }
  return redirect
}
