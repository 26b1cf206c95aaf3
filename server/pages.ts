import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import { inlineScriptHashes } from './headers.ts'

export interface Pages {
  scriptHashes: readonly string[]
  /** Answers, or calls `next` for what is not there. */
  serve(request: IncomingMessage, response: ServerResponse, next: () => void): void
}

/** One page of the client's, which finds out itself what is to be seen: the start, a room, the check. */
const isPage = (path: string): boolean => path === '/' || path === '/check' || path === '/machines' || /^\/r\/[^/]+$/.test(path)

/** Vite puts a hash of the content into the name of what it writes here. */
const isHashed = (path: string): boolean => path.startsWith('/assets/')

/** @param directory what `vite build client` wrote */
export function openPages(directory: string | undefined): Pages {
  const index = directory && join(directory, 'index.html')
  if (!directory || !index || !existsSync(index)) return { scriptHashes: [], serve: sayNotBuilt }
  const files = sirv(directory, {
    etag: true, brotli: true, gzip: true,
    setHeaders: (response, path) =>
      response.setHeader('Cache-Control', isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache'),
  })
  return {
    scriptHashes: inlineScriptHashes(readFileSync(index, 'utf8')),
    serve(request, response, next) {
      const [path = ''] = request.url?.split('?') ?? []
      if (isPage(path)) request.url = '/'
      // sirv throws on a range that ends before it begins; our files are small.
      delete request.headers.range
      files(request, response, next)
    },
  }
}

function sayNotBuilt(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const [path = ''] = request.url?.split('?') ?? []
  if (!isPage(path)) return next()
  response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end('The pages are not built yet: run `npm run build`, then start again.\n')
}
