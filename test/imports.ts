import { posix } from 'node:path'
import ts from 'typescript'
import { folders } from './folders.ts'

/** One file of the project: its path from the root, with `/`, and its text. */
export interface Source {
  path: string
  text: string
}

interface Import {
  from: string
  typeOnly: boolean
}

/** Returns every import that breaks a dependency rule, as `path: reason`. */
export const findWrongImports = (sources: readonly Source[]): string[] =>
  sources.flatMap((source) =>
    [
      ...listImports(source).flatMap((each) => findViolations(source.path, each)),
      ...(folderOf(source.path) === 'machines' ? findInputOutput(source) : []),
    ].map((reason) => `${source.path}: ${reason}`),
  )

const parts = ['machines', 'server', 'client', 'turn', 'test']
const isConfig = (path: string): boolean => /(^|\/)vite\.config\.ts$/.test(path)
const folderOf = (path: string): string => path.split('/')[0] ?? ''

function findViolations(path: string, { from, typeOnly }: Import): string[] {
  const folder = folderOf(path)
  if (from.startsWith('.')) return findInternalViolations(path, posix.join(posix.dirname(path), from), typeOnly)
  if (parts.includes(folderOf(from)) || from.startsWith('/')) return [`imports ${from}: use a relative path`]
  if (folder === 'client' && !isConfig(path) && /^(node:|ws$|pino$)/.test(from))
    return [`imports ${from}, which is not available in browsers`]
  if (folder !== 'machines') return []
  if (from === 'zod')
    return path === 'machines/protocol/messages.ts' || typeOnly
      ? []
      : ['imports zod, which is allowed only in messages.ts']
  return from === 'xstate' ? [] : [`imports ${from}: machines import only xstate`]
}

/**
 * Allowed: server and client import machines; server imports turn/index.ts; client imports types of server. Nothing
 * else.
 */
function findInternalViolations(path: string, target: string, typeOnly: boolean): string[] {
  const [from, to] = [folderOf(path), folderOf(target)]
  if (from === to && parts.includes(to)) return []
  if (to === 'machines' && (from === 'server' || from === 'client')) return []
  if (from === 'server' && to === 'turn')
    return target === 'turn/index.ts' ? [] : [`imports ${target}: the public API is turn/index.ts`]
  if (from === 'client' && to === 'server')
    return typeOnly ? [] : [`imports ${target}: client/ imports types only from server/`]
  if (!parts.includes(to))
    return isConfig(path) || target === 'package.json' ? [] : [`imports ${target}, which is not part of the project`]
  return [`imports ${target}: ${from}/ must not import ${to}/`]
}

/** Returns every import from a later folder, and every file in a folder that is not listed, as `path: reason`. */
export const findWrongFolders = (sources: readonly Source[]): string[] =>
  sources.flatMap((source) => {
    const place = findFolderRank(source.path)
    if (place < 0) return [`${source.path}: is in a folder that is not listed in folders.ts`]
    return listTargets(source)
      .filter((target) => folderOf(target) === folderOf(source.path) && findFolderRank(target) > place)
      .map((target) => `${source.path}: imports ${target}, whose folder comes later`)
  })

/** Position of the file's folder in its part's list; -1 if the folder is not listed. */
function findFolderRank(path: string): number {
  const [part = '', ...rest] = path.split('/')
  const list = folders[part] ?? []
  const above = rest.length === 1 ? [''] : rest.slice(1).map((_, depth) => rest.slice(0, depth + 1).join('/'))
  return above.map((folder) => list.indexOf(folder)).findLast((place) => place >= 0) ?? -1
}

/** Returns import cycles, types included, as `a → b → a`. Each file is reported in at most one cycle. */
export function findCycles(sources: readonly Source[]): string[] {
  const targets = new Map(sources.map((source) => [source.path, listTargets(source)]))
  const reported = new Set<string>()
  return sources.flatMap(({ path }) => {
    const chain = reported.has(path) ? null : findShortestCycle(path, targets)
    chain?.forEach((each) => reported.add(each))
    return chain ? [chain.join(' → ')] : []
  })
}

/** Shortest import chain from a file back to itself; null without a cycle. */
function findShortestCycle(path: string, targets: ReadonlyMap<string, readonly string[]>): string[] | null {
  const chains = [[path]]
  const seen = new Set<string>()
  for (const chain of chains) {
    for (const target of targets.get(chain.at(-1) ?? path) ?? []) {
      if (target === path) return [...chain, path]
      if (!seen.has(target)) chains.push([...chain, target])
      seen.add(target)
    }
  }
  return null
}

/** The project's files that a file imports, as paths from the root. */
const listTargets = (source: Source): string[] =>
  listImports(source)
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => posix.join(posix.dirname(source.path), from.replace(/\?.*$/, '')))

/** Returns all imports of a file: statements, re-exports, `import()` and types by `import('…')`. */
export function listImports(source: Source): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const each = readImport(node)
    if (each) found.push(each)
    ts.forEachChild(node, visit)
  }
  for (const script of extractScripts(source)) visit(parse(source.path, script))
  return found
}

function readImport(node: ts.Node): Import | null {
  if (ts.isImportDeclaration(node))
    return { from: readSpecifier(node.moduleSpecifier), typeOnly: node.importClause?.isTypeOnly ?? false }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier)
    return { from: readSpecifier(node.moduleSpecifier), typeOnly: node.isTypeOnly }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return { from: readSpecifier(node.argument.literal), typeOnly: true }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return { from: readSpecifier(node.arguments[0]), typeOnly: false }
  if (isNewUrl(node)) return { from: readSpecifier(node.arguments?.[0]), typeOnly: false }
  return null
}

/** The bundler bundles the file in `new URL('./worker.ts', import.meta.url)`. */
const isNewUrl = (node: ts.Node): node is ts.NewExpression =>
  ts.isNewExpression(node) &&
  node.expression.getText() === 'URL' &&
  node.arguments?.length === 2 &&
  node.arguments[1]?.getText() === 'import.meta.url' &&
  /\.(ts|svelte)['"]$/.test(node.arguments[0]?.getText() ?? '')

const readSpecifier = (node: ts.Node | undefined): string =>
  node && ts.isStringLiteralLike(node) ? node.text : '(computed)'

export const extractScripts = ({ path, text }: Source): string[] =>
  path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '')
    : [text]

export const parse = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path.endsWith('.svelte') ? `${path}.ts` : path, text, ts.ScriptTarget.Latest, true)

/** Globals that would make a machine depend on its environment. */
const environmentGlobals = new Set([
  'window',
  'document',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'fetch',
  'WebSocket',
  'RTCPeerConnection',
  'MediaStream',
  'setTimeout',
  'setInterval',
  'queueMicrotask',
  'requestAnimationFrame',
  'performance',
  'crypto',
  'Date',
  'console',
  'process',
  'globalThis',
  'Buffer',
])

function findInputOutput(source: Source): string[] {
  const found = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return
    if (ts.isIdentifier(node) && environmentGlobals.has(node.text) && !isNameOnly(node)) found.add(node.text)
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') found.add('Math.random')
    ts.forEachChild(node, visit)
  }
  for (const script of extractScripts(source)) visit(parse(source.path, script))
  return [...found].map((name) => `uses ${name}: machines do no I/O`)
}

/** A property name such as `x.process` or `{ location: … }` is not a use of the global. */
function isNameOnly(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  return ts.isPropertyAssignment(parent) && parent.name === node
}
