import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseRoute } from '../../machines/protocol/roomUrl.ts'
import { chooseRepresentation, matchesIfNoneMatch, readStaticFiles, type StaticFile } from './fileCache.ts'
import { inlineScriptHashes } from './securityHeaders.ts'

export interface StaticPages {
  scriptHashes: readonly string[]
  /** Answers, or calls `next` for what is not there. */
  serve(request: IncomingMessage, response: ServerResponse, next: () => void): void
}

/**
 * The client's one page, at every path that it knows, and its files. A path that is nothing gets the page as well, with status 404,
 * so that people read words and find the way back; a file that is missing gets a short 404.
 * @param directory what `vite build client` wrote; read once, here
 */
export function loadStaticPages(directory: string | undefined): StaticPages {
  const files = directory === undefined ? new Map<string, StaticFile>() : readStaticFiles(directory)
  const index = files.get('/index.html')
  if (!index) return { scriptHashes: [], serve: serveNotBuilt }
  return {
    scriptHashes: inlineScriptHashes(index.identity.body.toString()),
    serve(request, response, next) {
      const path = requestPath(request)
      const file = isPagePath(path) ? undefined : files.get(path)
      if (file) return sendFile(file, 200, request, response)
      if (!isPagePath(path) && isAssetOrApiPath(path, request)) return next()
      sendFile(index, isPagePath(path) ? 200 : 404, request, response)
    },
  }
}

const requestPath = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? ''

function isPagePath(path: string): boolean {
  const { page } = parseRoute(path)
  return page !== 'notFound' && page !== 'invalidRoomName'
}

/** A chunk of an older build, an address of the API, a scanner's guess: whoever asks for it cannot use a page. */
function isAssetOrApiPath(path: string, { headers }: IncomingMessage): boolean {
  if (/^\/(assets|trpc)(\/|$)/i.test(path)) return true
  return /\.[a-z\d]{1,8}$/i.test(path) && !/\btext\/html\b/.test(headers.accept ?? '')
}

/** Ranges are not served: the files are small, and every client takes the whole of one (RFC 9110 §14.2). */
function sendFile(
  file: StaticFile,
  status: 200 | 404,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const chosen = chooseRepresentation(file, headers['accept-encoding'] as string | undefined)
  if (status === 200 && matchesIfNoneMatch(chosen, headers['if-none-match'])) {
    const { 'Content-Type': _type, 'Content-Length': _length, 'Content-Encoding': _coding, ...kept } = chosen.headers
    response.writeHead(304, kept).end()
    return
  }
  response.writeHead(status, { ...chosen.headers, ...(status === 404 && { 'Cache-Control': 'no-store' }) })
  response.end(method === 'HEAD' ? undefined : chosen.body)
}

function serveNotBuilt(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (!isPagePath(requestPath(request))) return next()
  response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end('The pages are not built yet: run `npm run build`, then start again.\n')
}
