import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { securityHeaders } from './headers.ts'
import { parseHost } from './host.ts'
import type { Metrics } from './metrics.ts'
import type { Pages } from './pages.ts'

/** What the server tells about itself, at `/healthz`, `/readyz` and `/metrics`. */
export interface Condition {
  isReady(): boolean
  metrics: Pick<Metrics, 'contentType' | 'print'>
  mayMeasure(request: IncomingMessage): boolean
}

type Answer = readonly [status: number, text: string, type?: string]

/** Answers plain HTTP: pages, their files, and how the server does. */
export function answerRequests(pages: Pages, condition: Condition, isTls: boolean): RequestListener {
  const notes: Record<string, (request: IncomingMessage) => Answer | Promise<Answer>> = {
    '/healthz': () => [200, 'ok\n'],
    '/readyz': () => (condition.isReady() ? [200, 'ready\n'] : [503, 'draining\n']),
    '/metrics': (request) => measure(condition, request),
  }
  return (request, response) => {
    const host = parseHost(request.headers.host)?.host ?? null
    for (const [name, value] of Object.entries(securityHeaders(host, isTls, pages.scriptHashes, isInspected(request)))) response.setHeader(name, value ?? '')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(response)
    const note = notes[pathOf(request)]
    if (!note) return pages.serve(request, response, () => write(response, [404, 'not found\n']))
    Promise.resolve(note(request)).then((answer) => write(response, answer), () => write(response, [500, 'error\n']))
  }
}

/** As client/ reads it. */
const isInspected = ({ url = '' }: IncomingMessage): boolean => new URLSearchParams(url.split('?')[1]).get('inspect') === '1'

const pathOf = (request: IncomingMessage): string => request.url?.split('?')[0] ?? ''

async function measure({ mayMeasure, metrics }: Condition, request: IncomingMessage): Promise<Answer> {
  if (!mayMeasure(request)) return [403, 'Metrics are for this machine and its network; DUET_METRICS_ALLOW names who else may read them.\n']
  return [200, await metrics.print(), metrics.contentType]
}

function refuseMethod(response: ServerResponse): void {
  response.setHeader('Allow', 'GET, HEAD')
  write(response, [405, 'method not allowed\n'])
}

function write(response: ServerResponse, [status, text, type = 'text/plain; charset=utf-8']: Answer): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' })
  response.end(text)
}
