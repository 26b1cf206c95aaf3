import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findCycles, listImports, type Source, findWrongFolders, findWrongImports } from './imports.ts'

const root = new URL('../', import.meta.url)

const readFiles = (folder: string): Source[] =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte|js|html|css|md|json)$/.test(entry.name))
    .map((entry) => posix.relative(root.pathname, posix.join(entry.parentPath, entry.name)))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))

const product = ['machines', 'server', 'client', 'turn'].flatMap(readFiles)
const code = product.filter(({ path }) => /\.(ts|svelte)$/.test(path))

test('imports point one way', () => {
  expect(findWrongImports(code)).toEqual([])
})

test('no files know each other in a circle', () => {
  expect(findCycles(code)).toEqual([])
})

test('each folder knows only those before it', () => {
  expect(findWrongFolders(code)).toEqual([])
})

test('the reader of imports sees those of every part', () => {
  const seen = (folder: string): number =>
    code.filter(({ path }) => path.startsWith(`${folder}/`)).flatMap(listImports).length
  expect(['machines', 'server', 'client', 'turn'].filter((folder) => seen(folder) === 0)).toEqual([])
})

test('nothing names the folder that only this workplace has', () => {
  const workplace = /(\/work|\.\.)\/shared\b/
  const everything = [
    ...product,
    ...readFiles('test'),
    ...['README.md', 'package.json', 'tsconfig.json'].flatMap(readRootFile),
  ]
  expect(everything.filter(({ text }) => workplace.test(text)).map(({ path }) => path)).toEqual([])
})

function readRootFile(path: string): Source[] {
  try {
    return [{ path, text: readFileSync(new URL(path, root), 'utf8') }]
  } catch {
    return []
  }
}

describe('an import is refused', () => {
  test.each<[reason: string, path: string, text: string, complaint: string]>([
    [
      'of the server itself by the client',
      'client/signaling/trpcSocket.ts',
      `import { appRouter } from '../../server/api/router.ts'`,
      'types only',
    ],
    [
      'of a type beside a value by the client',
      'client/signaling/trpcSocket.ts',
      `import { appRouter, type AppRouter } from '../../server/api/router.ts'`,
      'types only',
    ],
    [
      'of an inline type by the client, which keeps the import',
      'client/signaling/trpcSocket.ts',
      `import { type AppRouter } from '../../server/api/router.ts'`,
      'types only',
    ],
    [
      'of the server by a component',
      'client/App.svelte',
      `<script lang="ts">\nimport { start } from '../server/startServer.ts'\n</script>\n<p>hi</p>`,
      'types only',
    ],
    [
      'of the server by a late import',
      'client/signaling/trpcSocket.ts',
      `const server = await import('../../server/startServer.ts')`,
      'types only',
    ],
    [
      'of the server by re-export',
      'client/signaling/trpcSocket.ts',
      `export * from '../../server/startServer.ts'`,
      'types only',
    ],
    [
      'of turn by the client',
      'client/pages/check/connectionCheck.svelte.ts',
      `import { checkUrl } from '../../../turn/index.ts'`,
      'client/ may not know turn/',
    ],
    [
      'of the inside of turn by the server',
      'server/startServer.ts',
      `import { startTurn } from '../turn/startTurn.ts'`,
      `turn's face`,
    ],
    [
      'of the inside of turn by its types alone',
      'server/startServer.ts',
      `import type { ServerState } from '../turn/core/serverState.ts'`,
      `turn's face`,
    ],
    [
      'of machines by turn',
      'turn/core/serverState.ts',
      `import { timers } from '../../machines/protocol/timeouts.ts'`,
      'turn/ may not know machines/',
    ],
    [
      'of the server by turn',
      'turn/commands/main.ts',
      `import type { Log } from '../../server/common/log.ts'`,
      'turn/ may not know server/',
    ],
    [
      'of the client by the server',
      'server/http/requestHandler.ts',
      `import texts from '../../client/i18n/texts.ts'`,
      'server/ may not know client/',
    ],
    [
      'of the server by machines',
      'machines/room/roomMachine.ts',
      `import type { Store } from '../../server/rooms/store.ts'`,
      'machines/ may not know server/',
    ],
    [
      'of tests by the product',
      'server/startServer.ts',
      `import { needs } from '../test/needs.ts'`,
      'server/ may not know test/',
    ],
    [
      'of node by machines',
      'machines/room/roomMachine.ts',
      `import { createHash } from 'node:crypto'`,
      'nothing but xstate',
    ],
    [
      'of node by the client',
      'client/signaling/trpcSocket.ts',
      `import { readFileSync } from 'node:fs'`,
      'no browser has',
    ],
    ['of zod by a machine', 'machines/room/roomMachine.ts', `import { z } from 'zod'`, 'for messages.ts'],
    [
      'of what lies outside the project',
      'server/startServer.ts',
      `import notes from '../notes/plan.ts'`,
      'not part of the project',
    ],
    [
      'by a bundler’s URL',
      'client/media/audioLevel.ts',
      `new Worker(new URL('../../server/main.ts', import.meta.url))`,
      'types only',
    ],
    [
      'by an absolute path',
      'server/startServer.ts',
      `import { room } from '/machines/room/roomMachine.ts'`,
      'relative path',
    ],
  ])('%s', (_, path, text, complaint) => {
    expect(findWrongImports([{ path, text }])).toEqual([expect.stringContaining(complaint)])
  })
})

type File = [path: string, text: string]
const createSources = (files: readonly File[]): Source[] => files.map(([path, text]) => ({ path, text }))

describe('a cycle is found', () => {
  test.each<[kind: string, files: File[], cycle: string]>([
    [
      'of two files',
      [
        ['turn/core/quotas.ts', `import { a } from './meter.ts'`],
        ['turn/core/meter.ts', `import { b } from './quotas.ts'`],
      ],
      'turn/core/quotas.ts → turn/core/meter.ts → turn/core/quotas.ts',
    ],
    [
      'by types alone',
      [
        ['turn/core/quotas.ts', `import type { A } from './meter.ts'`],
        ['turn/core/meter.ts', `export type B = import('./quotas.ts').B`],
      ],
      'turn/core/quotas.ts → turn/core/meter.ts → turn/core/quotas.ts',
    ],
    [
      'of three files, by a component, a re-export and a late import',
      [
        ['client/App.svelte', `<script lang="ts">import { a } from './ui/deviceBanner.ts'</script>`],
        ['client/ui/deviceBanner.ts', `export * from '../media/sourceMonitor.ts'`],
        ['client/media/sourceMonitor.ts', `const app = await import('../App.svelte')`],
      ],
      'client/App.svelte → client/ui/deviceBanner.ts → client/media/sourceMonitor.ts → client/App.svelte',
    ],
    [
      'of one file',
      [['turn/core/quotas.ts', `import { a } from './quotas.ts'`]],
      'turn/core/quotas.ts → turn/core/quotas.ts',
    ],
  ])('%s', (_, files, cycle) => {
    expect(findCycles(createSources(files))).toEqual([cycle])
  })

  test('and no file that only leads to it, or away from it, is said to be in it', () => {
    const files: File[] = [
      ['turn/index.ts', `import { a } from './core/quotas.ts'`],
      ['turn/core/quotas.ts', `import { a } from './meter.ts'`],
      ['turn/core/meter.ts', `import { b } from './quotas.ts'\nimport { c } from '../common/address.ts'`],
      ['turn/common/address.ts', ''],
    ]
    expect(findCycles(createSources(files))).toEqual(['turn/core/quotas.ts → turn/core/meter.ts → turn/core/quotas.ts'])
  })

  test('but none where two ways lead to one file', () => {
    const files: File[] = [
      ['turn/index.ts', `import './core/quotas.ts'\nimport './core/meter.ts'`],
      ['turn/core/quotas.ts', `import './meter.ts'`],
      ['turn/core/meter.ts', ''],
    ]
    expect(findCycles(createSources(files))).toEqual([])
  })
})

describe('the order of folders refuses', () => {
  test.each<[reason: string, path: string, text: string, complaint: string]>([
    [
      'a later folder',
      'machines/room/seats.ts',
      `import { a } from '../call/negotiation.ts'`,
      'imports machines/call/negotiation.ts, whose folder comes later',
    ],
    [
      'a type of a later folder',
      'machines/room/seats.ts',
      `import type { A } from '../statechart.ts'`,
      'imports machines/statechart.ts, whose folder comes later',
    ],
    [
      'a folder in the folder, where that comes later',
      'machines/protocol/messages.ts',
      `import type { A } from './trace/types.ts'`,
      'comes later',
    ],
    [
      'a later folder by a component',
      'client/ui/components/Page.svelte',
      `<script>import Home from '../screens/HomePage.svelte'</script>`,
      'comes later',
    ],
    ['a file in a folder without a place', 'turn/misc/text.ts', '', 'lies in a folder that has no place in folders.ts'],
    [
      'a file above the folders that have a place',
      'client/pages/text.ts',
      '',
      'lies in a folder that has no place in folders.ts',
    ],
  ])('%s', (_, path, text, complaint) => {
    expect(findWrongFolders([{ path, text }])).toEqual([expect.stringContaining(complaint)])
  })
})

describe('the order of folders accepts', () => {
  test.each([
    ['an earlier folder', 'machines/call/callEvents.ts', `import { a } from '../protocol/messages.ts'`],
    ['the same folder', 'machines/call/callMachine.ts', `import { a } from './callSetup.ts'`],
    ['all by the top, where it is last', 'machines/statechart.ts', `import { a } from './status/qualityMachine.ts'`],
    [
      'a folder below, without an entry of its own',
      'client/pages/check/texts.ts',
      `import { en } from './texts/en.ts'`,
    ],
    [
      'the folder above, where that has the entry',
      'client/pages/check/texts/en.ts',
      `import type { A } from '../finding.ts'`,
    ],
    [
      'another part, whose order is its own',
      'client/common/browserSupport.ts',
      `import { a } from '../../machines/statechart.ts'`,
    ],
  ])('%s', (_, path, text) => {
    expect(findWrongFolders([{ path, text }])).toEqual([])
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
    expect(findWrongImports([{ path: 'machines/call/callMachine.ts', text }])).toEqual([
      `machines/call/callMachine.ts: uses ${name}: machines do no I/O`,
    ])
  })
})

describe('an import is accepted', () => {
  test.each([
    [
      'of the server’s types by the client',
      'client/signaling/trpcSocket.ts',
      `import type { AppRouter } from '../../server/api/router.ts'`,
    ],
    [
      'of machines by a component',
      'client/App.svelte',
      `<script lang="ts">import { call } from '../machines/call/callMachine.ts'</script>`,
    ],
    [
      'of machines by the server',
      'server/rooms/roomService.ts',
      `import { room } from '../../machines/room/roomMachine.ts'`,
    ],
    ['of turn’s face by the server', 'server/startServer.ts', `import { startTurn } from '../turn/index.ts'`],
    ['of zod by the messages', 'machines/protocol/messages.ts', `import { z } from 'zod'`],
    ['of a neighbour', 'turn/core/serverState.ts', `import { encode } from '../stun/message.ts'`],
    [
      'named like something outside, but a property',
      'machines/call/callMachine.ts',
      `export const place = { location: 1 }.location`,
    ],
  ])('%s', (_, path, text) => {
    expect(findWrongImports([{ path, text }])).toEqual([])
  })
})
