import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { securityHeaders } from './headers.ts'
import { parseHost } from './host.ts'
import type { Pages } from './pages.ts'

/** What the server tells about itself, at `/healthz`, `/readyz` and `/metrics`. */
export interface Condition {
  isReady(): boolean
  numbers(): Promise<Record<string, number>>
}

type Answer = readonly [status: number, text: string]

/** Answers plain HTTP: pages, their files, and how the server does. */
export function answerRequests(pages: Pages, condition: Condition, isTls: boolean): RequestListener {
  const notes: Record<string, () => Answer | Promise<Answer>> = {
    '/healthz': () => [200, 'ok\n'],
    '/readyz': () => (condition.isReady() ? [200, 'ready\n'] : [503, 'draining\n']),
    '/metrics': async () => [200, await metricsOf(condition)],
  }
  return (request, response) => {
    const host = parseHost(request.headers.host)?.host ?? null
    for (const [name, value] of Object.entries(securityHeaders(host, isTls, pages.scriptHashes))) response.setHeader(name, value ?? '')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(response)
    const note = notes[pathOf(request)]
    if (!note) return pages.serve(request, response, () => write(response, [404, 'not found\n']))
    Promise.resolve(note()).then((answer) => write(response, answer), () => write(response, [500, 'error\n']))
  }
}

const pathOf = (request: IncomingMessage): string => request.url?.split('?')[0] ?? ''

async function metricsOf(condition: Condition): Promise<string> {
  return Object.entries(await condition.numbers()).map(([name, value]) => `duet_${name} ${value}\n`).join('')
}

function refuseMethod(response: ServerResponse): void {
  response.setHeader('Allow', 'GET, HEAD')
  write(response, [405, 'method not allowed\n'])
}

function write(response: ServerResponse, [status, text]: Answer): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(text)
}
