import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, wrongImports, type Source } from './imports.ts'

const root = new URL('../', import.meta.url)

const filesIn = (folder: string): Source[] =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte|js|html|css|md|json)$/.test(entry.name))
    .map((entry) => posix.relative(root.pathname, posix.join(entry.parentPath, entry.name)))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))

const product = ['machines', 'server', 'client', 'turn'].flatMap(filesIn)
const code = product.filter(({ path }) => /\.(ts|svelte)$/.test(path))

test('imports point one way', () => {
  expect(wrongImports(code)).toEqual([])
})

test('the reader of imports sees those of every house', () => {
  const seen = (folder: string): number => code.filter(({ path }) => path.startsWith(`${folder}/`)).flatMap(importsOf).length
  expect(['machines', 'server', 'client', 'turn'].filter((folder) => seen(folder) === 0)).toEqual([])
})

test('nothing names the folder that only this workplace has', () => {
  const workplace = /(\/work|\.\.)\/shared\b/
  const everything = [...product, ...filesIn('test'), ...['README.md', 'package.json', 'tsconfig.json'].flatMap(rootFile)]
  expect(everything.filter(({ text }) => workplace.test(text)).map(({ path }) => path)).toEqual([])
})

function rootFile(path: string): Source[] {
  try {
    return [{ path, text: readFileSync(new URL(path, root), 'utf8') }]
  } catch {
    return []
  }
}

describe('an import is refused', () => {
  test.each<[reason: string, path: string, text: string, complaint: string]>([
    ['of the server itself by the client', 'client/link.ts', `import { appRouter } from '../server/router.ts'`, 'types only'],
    ['of a type beside a value by the client', 'client/link.ts', `import { appRouter, type AppRouter } from '../server/router.ts'`, 'types only'],
    ['of an inline type by the client, which keeps the import', 'client/link.ts', `import { type AppRouter } from '../server/router.ts'`, 'types only'],
    ['of the server by a component', 'client/App.svelte', `<script lang="ts">\nimport { start } from '../server/start.ts'\n</script>\n<p>hi</p>`, 'types only'],
    ['of the server by a late import', 'client/link.ts', `const server = await import('../server/start.ts')`, 'types only'],
    ['of the server by re-export', 'client/link.ts', `export * from '../server/start.ts'`, 'types only'],
    ['of turn by the client', 'client/check.ts', `import { checkUrl } from '../turn/index.ts'`, 'client/ may not know turn/'],
    ['of the inside of turn by the server', 'server/start.ts', `import { startTurn } from '../turn/start.ts'`, `turn's face`],
    ['of the inside of turn by its types alone', 'server/start.ts', `import type { Core } from '../turn/core/core.ts'`, `turn's face`],
    ['of machines by turn', 'turn/core/core.ts', `import { timers } from '../../machines/timers.ts'`, 'turn/ may not know machines/'],
    ['of the server by turn', 'turn/main.ts', `import type { Log } from '../server/log.ts'`, 'turn/ may not know server/'],
    ['of the client by the server', 'server/http.ts', `import texts from '../client/texts.ts'`, 'server/ may not know client/'],
    ['of the server by machines', 'machines/room.ts', `import type { Store } from '../server/store.ts'`, 'machines/ may not know server/'],
    ['of tests by the product', 'server/start.ts', `import { needs } from '../test/needs.ts'`, 'server/ may not know test/'],
    ['of node by machines', 'machines/room.ts', `import { createHash } from 'node:crypto'`, 'nothing but xstate'],
    ['of node by the client', 'client/link.ts', `import { readFileSync } from 'node:fs'`, 'no browser has'],
    ['of zod by a machine', 'machines/room.ts', `import { z } from 'zod'`, 'for wire.ts'],
    ['of what lies outside the house', 'server/start.ts', `import notes from '../notes/plan.ts'`, 'no part of the house'],
    ['by a bundler’s URL', 'client/level.ts', `new Worker(new URL('../server/worker.ts', import.meta.url))`, 'types only'],
    ['by an absolute path', 'server/start.ts', `import { room } from '/machines/room.ts'`, 'relative path'],
  ])('%s', (_, path, text, complaint) => {
    expect(wrongImports([{ path, text }])).toEqual([expect.stringContaining(complaint)])
  })
})

describe('a machine is refused', () => {
  test.each([
    ['a clock', 'export const now = () => Date.now()', 'Date'],
    ['a timer', 'setTimeout(() => {}, 1)', 'setTimeout'],
    ['chance', 'export const roll = () => Math.random()', 'Math.random'],
    ['the page', 'export const title = () => document.title', 'document'],
    ['a connection', 'export const open = () => new RTCPeerConnection()', 'RTCPeerConnection'],
    ['the console', `console.log('here')`, 'console'],
  ])('%s', (_, text, name) => {
    expect(wrongImports([{ path: 'machines/call.ts', text }])).toEqual([`machines/call.ts: uses ${name}: machines do no I/O`])
  })
})

describe('an import is accepted', () => {
  test.each([
    ['of the server’s types by the client', 'client/link.ts', `import type { AppRouter } from '../server/router.ts'`],
    ['of machines by a component', 'client/App.svelte', `<script lang="ts">import { call } from '../machines/call.ts'</script>`],
    ['of machines by the server', 'server/rooms.ts', `import { room } from '../machines/room.ts'`],
    ['of turn’s face by the server', 'server/start.ts', `import { startTurn } from '../turn/index.ts'`],
    ['of zod by the wire', 'machines/wire.ts', `import { z } from 'zod'`],
    ['of a neighbour', 'turn/core/core.ts', `import { encode } from '../stun/encode.ts'`],
    ['named like something outside, but a property', 'machines/call.ts', `export const place = { location: 1 }.location`],
  ])('%s', (_, path, text) => {
    expect(wrongImports([{ path, text }])).toEqual([])
  })
})
