import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { isApiPath } from '../../machines/protocol/apiPath.ts'
import { securityHeaders, type SecurityHeaderOptions } from './securityHeaders.ts'
import { parseAcceptLanguage } from './qualities.ts'
import { InFlightRequests } from './inFlightRequests.ts'
import { checkHost, hasManyHosts } from '../net/originPolicy.ts'
import { normalizeTarget, removePathPrefix } from '../net/requestTarget.ts'
import { parseRoute } from '../../machines/protocol/roomUrl.ts'
import type { ServerNames } from '../net/serverNames.ts'
import type { StaticPages } from './staticFiles.ts'
import { rejectionHeaders, rejectionPage, rejections, rejectionText, type Rejection } from '../net/rejection.ts'

/** A whole response that is not a file. */
export interface TextResponse {
  status: number
  text: string
  type?: string
  headers?: Record<string, string>
}

/** The handlers of one listener besides its files, by path. */
export type Routes = Readonly<Record<string, (request: IncomingMessage) => TextResponse | Promise<TextResponse>>>

export interface RequestHandlerOptions {
  pages: StaticPages
  routes: Routes
  names: ServerNames
  /** Options for the security headers of every response. Of all pages, only those of rooms have `frameAncestors`. */
  headerOptions(): Pick<SecurityHeaderOptions, 'isHttps' | 'connectSources' | 'frameAncestors'>
  onRejection(rejection: Rejection): void
  /** Why a WebSocket upgrade of this request would be rejected; null if it would succeed. */
  checkUpgrade?(request: IncomingMessage): Rejection | null
  /** Path prefix of the public URL, such as `/duet`. Requests with and without it are equal. */
  pathPrefix?: string
}

/** Probes may not know the server's name. These responses reveal only that the server runs. */
const hostCheckExempt = new Set(['/healthz', '/readyz'])

/** Creates the handler of HTTP requests: routes, pages and their files. */
export function createRequestHandler({
  pages,
  routes,
  names,
  headerOptions,
  onRejection,
  checkUpgrade = () => null,
  pathPrefix = '',
}: RequestHandlerOptions): RequestListener {
  const inFlight = new InFlightRequests()
  const { scriptHashes } = pages
  return (request, response) => {
    normalizeTarget(request)
    removePathPrefix(request, pathPrefix)
    const decision = inFlight.admit(request, response)
    if (decision === 'dropped') return
    if (decision !== 'answered') response.shouldKeepAlive = false
    const { frameAncestors, ...options } = headerOptions()
    const securityOptions = {
      ...options,
      scriptHashes,
      frameAncestors: isRoomPage(request) ? frameAncestors : [],
      canOpenWindows: isInspectorRequest(request),
    }
    for (const [name, value] of Object.entries(securityHeaders(securityOptions))) response.setHeader(name, value ?? '')
    const rejection = decision === 'overloaded' ? rejections.overloaded : findRejection(request, names, checkUpgrade)
    if (rejection) {
      onRejection(rejection)
      return writeResponse(response, rejectionResponse(request, rejection))
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return writeResponse(response, { status: 405, text: 'method not allowed\n', headers: { Allow: 'GET, HEAD' } })
    const route = routes[requestPath(request)]
    if (!route)
      return pages.serve(request, response, () => writeResponse(response, { status: 404, text: 'not found\n' }))
    Promise.resolve(request)
      .then(route)
      .then(
        (answer) => writeResponse(response, answer),
        () => writeResponse(response, { status: 500, text: 'error\n' }),
      )
  }
}

/** Answers every request of a server, with all of its headers. */
export function serveRequests(server: Server, handler: RequestListener): void {
  // By default Node drops all headers after the 1,000th without an error, such as one that a proxy appends.
  // 16 KiB remain the limit.
  server.maxHeadersCount = 0
  server.on('request', handler)
  // Node would answer 417 without the other listeners. A server may ignore an expectation (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

function findRejection(
  request: IncomingMessage,
  names: ServerNames,
  checkUpgrade: (request: IncomingMessage) => Rejection | null,
): Rejection | null {
  const path = requestPath(request)
  if (hostCheckExempt.has(path) && !hasManyHosts(request)) return null
  const rejection = checkHost(request, names)
  // A page requests /trpc by plain HTTP to learn why its WebSocket failed
  // (client/signaling/serverReachability.svelte.ts).
  return rejection ?? (isApiPath(path) ? (checkUpgrade(request) ?? rejections.noUpgrade) : null)
}

function rejectionResponse({ headers }: IncomingMessage, rejection: Rejection): TextResponse {
  const acceptsHtml = /\btext\/html\b/.test(headers.accept ?? '')
  return {
    status: rejection.status,
    text: acceptsHtml
      ? rejectionPage(rejection, parseAcceptLanguage(headers['accept-language']))
      : rejectionText(rejection),
    type: acceptsHtml ? 'text/html; charset=utf-8' : undefined,
    headers: { ...rejectionHeaders(rejection), ...(rejection.status === 421 && { Vary: 'Accept, Accept-Language' }) },
  }
}

/** Longest query that is parsed. A query of 16 KB took 3 ms. */
const maxQueryCharacters = 1_000

/** `/machines` has a button for the inspector. On other pages `inspect=1` asks for it; the client parses it in the same way. */
const isInspectorRequest = (request: IncomingMessage): boolean =>
  /^\/machines\/?$/.test(requestPath(request)) ||
  new URLSearchParams(request.url?.split('?', 2)[1]?.slice(0, maxQueryCharacters)).get('inspect') === '1'

const isRoomPage = (request: IncomingMessage): boolean => parseRoute(requestPath(request)).page === 'room'

const requestPath = (request: IncomingMessage): string => request.url?.split('?', 1)[0] ?? ''

function writeResponse(
  response: ServerResponse,
  { status, text, type = 'text/plain; charset=utf-8', headers = {} }: TextResponse,
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...headers,
  })
  response.end(text)
}
