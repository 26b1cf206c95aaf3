import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseRoute } from '../../machines/protocol/roomUrl.ts'
import {
  chooseRepresentation,
  createStaticFile,
  matchesIfNoneMatch,
  readStaticFiles,
  type StaticFile,
} from './fileCache.ts'
import { inlineScriptHashes } from './securityHeaders.ts'

/** The pages and files of the client. */
export interface StaticPages {
  /** Hashes of the inline scripts, for the CSP. */
  scriptHashes: readonly string[]
  /** Sends a page or file, or calls `next` if there is none. */
  serve(request: IncomingMessage, response: ServerResponse, next: () => void): void
}

/**
 * Serves the client's page at each of its routes, and its files. Any other path gets the page with status 404,
 * which links to the home page. A missing file gets a short 404.
 * @param directory the output of `vite build client`; read once, in this call
 * @param pathPrefix the path below which browsers see the pages, such as `/duet`
 */
export function loadStaticPages(directory: string | undefined, pathPrefix = ''): StaticPages {
  const files = directory === undefined ? new Map<string, StaticFile>() : readStaticFiles(directory)
  const built = files.get('/index.html')
  const index = built && insertPathPrefix(built, pathPrefix)
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

/** The page is served at many paths, so its relative links such as `./assets/app.js` become absolute. */
function insertPathPrefix(page: StaticFile, pathPrefix: string): StaticFile {
  const html = page.identity.body.toString()
  const absolute = html.replaceAll(/ (src|href)="\.\//g, ` $1="${pathPrefix}/`)
  return absolute === html ? page : createStaticFile('/index.html', Buffer.from(absolute))
}

const requestPath = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? ''

function isPagePath(path: string): boolean {
  const { page } = parseRoute(path)
  return page !== 'notFound' && page !== 'invalidRoomName'
}

/** True for a chunk of an older build, an API path or a scanner's guess. Such a client cannot use a page. */
function isAssetOrApiPath(path: string, { headers }: IncomingMessage): boolean {
  if (/^\/(assets|trpc)(\/|$)/i.test(path)) return true
  return /\.[a-z\d]{1,8}$/i.test(path) && !/\btext\/html\b/.test(headers.accept ?? '')
}

/** Does not support ranges: the files are small, and clients read them whole (RFC 9110 §14.2). */
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
  response.end('The pages are not built. Run `npm run build`, then restart.\n')
}
