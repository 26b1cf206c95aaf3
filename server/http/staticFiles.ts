import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseRoute } from '../../machines/protocol/roomUrl.ts'
import { addHeaders, chooseRepresentation, matchesIfNoneMatch, readStaticFiles, type StaticFile } from './fileCache.ts'
import { isTranslatedPage, loadPageVariants, type PageOptions } from './pageVariants.ts'
import { inlineScriptHashes } from './securityHeaders.ts'

/** The pages and files of the client. */
export interface StaticPages {
  /** Hashes of the inline scripts, for the CSP. */
  scriptHashes: readonly string[]
  /** Sends a page or file, or calls `next` if there is none. */
  serve(request: IncomingMessage, response: ServerResponse, next: () => void): void
}

/**
 * Serves the client's page at each of its routes in the language of the request, and its files. Any other path gets the page with status 404,
 * which links to the home page. A missing file gets a short 404.
 * @param directory the output of `vite build client`; read once, in this call
 */
export function loadStaticPages(directory: string | undefined, options: PageOptions = {}): StaticPages {
  const files = directory === undefined ? new Map<string, StaticFile>() : readFiles(directory)
  const variants = loadPageVariants(files, options)
  if (!variants) return { scriptHashes: [], serve: serveNotBuilt }
  return {
    scriptHashes: inlineScriptHashes(variants.english.identity.body.toString()),
    serve(request, response, next) {
      const path = requestPath(request)
      const file = isPagePath(path) || isTranslatedPage(path) ? undefined : files.get(path)
      if (file) return sendFile(file, 200, request, response)
      if (!isPagePath(path) && isAssetOrApiPath(path, request)) return next()
      sendFile(variants.choose(request.headers), isPagePath(path) ? 200 : 404, request, response)
    },
  }
}

/** The script of other sites: it defines `<duet-call>`. */
const embedScript = '/embed.js'

/** Other sites may load `embedScript` as a module, which needs CORS. It has no hash in its name, so it is cached for an hour only. */
const embedScriptHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cache-Control': 'public, max-age=3600',
}

const readFiles = (directory: string): ReadonlyMap<string, StaticFile> =>
  new Map(
    [...readStaticFiles(directory)].map(([path, file]) => [
      path,
      path === embedScript ? addHeaders(file, embedScriptHeaders) : file,
    ]),
  )

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
    // The headers of the response update those in the cache (RFC 9111 §3.2), except the ones about the body.
    const kept = Object.entries(chosen.headers).filter(([name]) => !name.startsWith('Content-'))
    response.writeHead(304, Object.fromEntries(kept)).end()
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
