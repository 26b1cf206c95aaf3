import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { securityHeaders, type HeaderFacts } from './securityHeaders.ts'
import { InFlight } from './inFlight.ts'
import { rejectHost } from '../net/originPolicy.ts'
import type { OwnNames } from '../net/ownNames.ts'
import type { Pages } from './staticFiles.ts'
import { headersOf, pageOf, rejections, textOf, type Rejection } from '../net/rejection.ts'

/** A whole answer that is no file. */
export interface Answer {
  status: number
  text: string
  type?: string
  headers?: Record<string, string>
}

/** What one listener answers besides its files, by path. */
export type Notes = Readonly<Record<string, (request: IncomingMessage) => Answer | Promise<Answer>>>

export interface Listening {
  pages: Pages
  notes: Notes
  names: OwnNames
  /** For the headers of every answer. */
  facts(): Pick<HeaderFacts, 'isHttps' | 'connects'>
  onRejection(rejection: Rejection): void
  /** Why a WebSocket would not open for this request; null: it would. */
  refusalOfSocket?(request: IncomingMessage): Rejection | null
}

/** These are asked by programs that know no name of ours, and tell nothing but that we are here. */
const forAnyName = new Set(['/healthz', '/readyz'])

/** Answers plain HTTP: pages, their files, and how the server does. */
export function answerRequests({ pages, notes, names, facts, onRejection, refusalOfSocket = () => null }: Listening): RequestListener {
  const inFlight = new InFlight()
  const { scriptHashes } = pages
  return (request, response) => {
    const admission = inFlight.admit(request, response)
    if (admission === 'dropped') return
    if (admission !== 'answered') response.shouldKeepAlive = false
    for (const [name, value] of Object.entries(securityHeaders({ ...facts(), scriptHashes, opensWindows: isInspected(request) }))) response.setHeader(name, value ?? '')
    const rejection = admission === 'overloaded' ? rejections.overloaded : rejectionOf(request, names, refusalOfSocket)
    if (rejection) {
      onRejection(rejection)
      return write(response, answerTo(request, rejection))
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return write(response, { status: 405, text: 'method not allowed\n', headers: { Allow: 'GET, HEAD' } })
    const note = notes[pathOf(request)]
    if (!note) return pages.serve(request, response, () => write(response, { status: 404, text: 'not found\n' }))
    Promise.resolve(request).then(note).then((answer) => write(response, answer), () => write(response, { status: 500, text: 'error\n' }))
  }
}

function rejectionOf(request: IncomingMessage, names: OwnNames, refusalOfSocket: (request: IncomingMessage) => Rejection | null): Rejection | null {
  const path = pathOf(request)
  if (forAnyName.has(path)) return null
  const rejection = rejectHost(request, names)
  // A page asks here by plain HTTP why its WebSocket does not open (client/signaling/unreachable.svelte.ts).
  return rejection ?? (path === '/trpc' ? refusalOfSocket(request) ?? rejections.noUpgrade : null)
}

function answerTo({ headers }: IncomingMessage, rejection: Rejection): Answer {
  const isRead = /\btext\/html\b/.test(headers.accept ?? '')
  return {
    status: rejection.status, text: isRead ? pageOf(rejection) : textOf(rejection), type: isRead ? 'text/html; charset=utf-8' : undefined,
    headers: { ...headersOf(rejection), ...(rejection.status === 421 && { Vary: 'Accept' }) },
  }
}

/** As client/ reads it. */
const isInspected = ({ url = '' }: IncomingMessage): boolean => new URLSearchParams(url.split('?')[1]).get('inspect') === '1'

const pathOf = (request: IncomingMessage): string => request.url?.split('?', 1)[0] ?? ''

function write(response: ServerResponse, { status, text, type = 'text/plain; charset=utf-8', headers = {} }: Answer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-store', ...headers })
  response.end(text)
}
