import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { maxListEntries, parseQualities } from './qualities.ts'

/** One file in one content coding, with its headers. */
export interface Representation {
  body: Buffer
  headers: OutgoingHttpHeaders & { ETag: string }
}

/** A file as read at the start: uncompressed, and compressed if the build wrote `.br` and `.gz` files. */
export interface StaticFile {
  identity: Representation
  br?: Representation
  gzip?: Representation
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html;charset=utf-8',
  '.js': 'text/javascript;charset=utf-8',
  '.css': 'text/css;charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain;charset=utf-8',
  '.map': 'application/json',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

const codings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** Vite puts a hash of the content into the names of these files. */
const isHashed = (path: string): boolean => path.startsWith('/assets/')

/**
 * Reads every file below a directory into memory, about 1 MB for the client. No request opens a file afterwards.
 * An aborted download cannot leak a descriptor, and replacing files under a running server cannot mix two builds.
 * @returns the files by URL path, such as `/assets/app.js`; empty if the directory does not exist
 */
export function readStaticFiles(directory: string): ReadonlyMap<string, StaticFile> {
  const paths = new Map(
    listFiles(directory).map((file) => [`/${relative(directory, file).split(sep).join('/')}`, file]),
  )
  const isVariant = (path: string): boolean =>
    codings.some(([, end]) => path.endsWith(end) && paths.has(path.slice(0, -end.length)))
  const served = [...paths].filter(([path]) => !isVariant(path))
  return new Map(served.map(([path, file]) => [path, readStaticFile(path, file, (variant) => paths.get(variant))]))
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ parentPath, name }) => join(parentPath, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function readStaticFile(path: string, file: string, find: (path: string) => string | undefined): StaticFile {
  const plain = readFileSync(file)
  const hash = hashOf(plain)
  const variants = codings.flatMap(([coding, end]) => {
    const compressed = find(path + end)
    return compressed ? [[coding, createRepresentation(path, readFileSync(compressed), hash, coding)]] : []
  })
  return { identity: createRepresentation(path, plain, hash), ...(Object.fromEntries(variants) as Partial<StaticFile>) }
}

/** Creates a file with other content than the directory has, in every coding. */
export function createStaticFile(path: string, body: Buffer): StaticFile {
  const hash = hashOf(body)
  return {
    identity: createRepresentation(path, body, hash),
    br: createRepresentation(path, brotliCompressSync(body), hash, 'br'),
    gzip: createRepresentation(path, gzipSync(body, { level: 9 }), hash, 'gzip'),
  }
}

const hashOf = (body: Buffer): string => createHash('sha256').update(body).digest('base64url').slice(0, 22)

/** Returns a file with further headers, in every coding. */
export function addHeaders({ identity, br, gzip }: StaticFile, added: OutgoingHttpHeaders): StaticFile {
  const add = ({ body, headers }: Representation): Representation => ({ body, headers: { ...headers, ...added } })
  return { identity: add(identity), ...(br && { br: add(br) }), ...(gzip && { gzip: add(gzip) }) }
}

/** Each coding has its own entity tag, because its bytes differ (RFC 9110 §8.8.3.3). */
const createRepresentation = (path: string, body: Buffer, hash: string, coding?: string): Representation => ({
  body,
  headers: {
    'Content-Type': contentTypes[extname(path)] ?? 'application/octet-stream',
    'Content-Length': body.length,
    'Cache-Control': isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
    ETag: `"${hash}${coding ? `-${coding}` : ''}"`,
    ...(coding && { 'Content-Encoding': coding }),
  },
})

/** The best coding that the client accepts, by quality and then by size (RFC 9110 §12.5.3). */
export function chooseRepresentation(file: StaticFile, acceptEncoding: string | undefined): Representation {
  const qualities = parseQualities(acceptEncoding)
  const qualityOf = (coding: string): number => qualities.get(coding) ?? qualities.get('*') ?? 0
  const [br, gzip] = [file.br ? qualityOf('br') : 0, file.gzip ? qualityOf('gzip') : 0]
  if (file.br && br > 0 && br >= gzip) return file.br
  return file.gzip && gzip > 0 ? file.gzip : file.identity
}

/** True if `If-None-Match` contains this entity tag, by weak comparison (RFC 9110 §13.1.2). */
export const matchesIfNoneMatch = ({ headers }: Representation, ifNoneMatch: string | undefined): boolean =>
  ifNoneMatch?.trim() === '*' ||
  (ifNoneMatch ?? '').split(',', maxListEntries).some((tag) => tag.trim().replace(/^W\//, '') === headers.ETag)
