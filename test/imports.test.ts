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

test('imports follow the dependency rules', () => {
  expect(findWrongImports(code)).toEqual([])
})

test('no files import each other in a cycle, types included', () => {
  expect(findCycles(code)).toEqual([])
})

test('each folder imports only from earlier folders', () => {
  expect(findWrongFolders(code)).toEqual([])
})

test('listImports finds imports in every part of the product', () => {
  const seen = (folder: string): number =>
    code.filter(({ path }) => path.startsWith(`${folder}/`)).flatMap(listImports).length
  expect(['machines', 'server', 'client', 'turn'].filter((folder) => seen(folder) === 0)).toEqual([])
})

test('no file names the workspace folder outside the repository', () => {
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

describe('findWrongImports rejects an import', () => {
  test.each<[reason: string, path: string, text: string, complaint: string]>([
    [
      'of the server by the client',
      'client/signaling/trpcSocket.ts',
      `import { appRouter } from '../../server/api/router.ts'`,
      'types only',
    ],
    [
      'of a type and a value of the server by the client',
      'client/signaling/trpcSocket.ts',
      `import { appRouter, type AppRouter } from '../../server/api/router.ts'`,
      'types only',
    ],
    [
      'of an inline type by the client, which keeps the import at run time',
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
      'of the server by a dynamic import',
      'client/signaling/trpcSocket.ts',
      `const server = await import('../../server/startServer.ts')`,
      'types only',
    ],
    [
      'of the server by a re-export',
      'client/signaling/trpcSocket.ts',
      `export * from '../../server/startServer.ts'`,
      'types only',
    ],
    [
      'of turn by the client',
      'client/pages/check/connectionCheck.svelte.ts',
      `import { checkUrl } from '../../../turn/index.ts'`,
      'client/ must not import turn/',
    ],
    [
      'of a file inside turn by the server',
      'server/startServer.ts',
      `import { startTurn } from '../turn/startTurn.ts'`,
      `the public API`,
    ],
    [
      'of a type of a file inside turn by the server',
      'server/startServer.ts',
      `import type { ServerState } from '../turn/core/serverState.ts'`,
      `the public API`,
    ],
    [
      'of machines by turn',
      'turn/core/serverState.ts',
      `import { timers } from '../../machines/protocol/timeouts.ts'`,
      'turn/ must not import machines/',
    ],
    [
      'of the server by turn',
      'turn/commands/main.ts',
      `import type { Log } from '../../server/common/log.ts'`,
      'turn/ must not import server/',
    ],
    [
      'of the client by the server',
      'server/http/requestHandler.ts',
      `import texts from '../../client/i18n/texts.ts'`,
      'server/ must not import client/',
    ],
    [
      'of the server by machines',
      'machines/room/roomMachine.ts',
      `import type { Store } from '../../server/rooms/store.ts'`,
      'machines/ must not import server/',
    ],
    [
      'of tests by the product',
      'server/startServer.ts',
      `import { needs } from '../test/needs.ts'`,
      'server/ must not import test/',
    ],
    [
      'of a Node module by machines',
      'machines/room/roomMachine.ts',
      `import { createHash } from 'node:crypto'`,
      'import only xstate',
    ],
    [
      'of a Node module by the client',
      'client/signaling/trpcSocket.ts',
      `import { readFileSync } from 'node:fs'`,
      'not available in browsers',
    ],
    ['of zod by a machine', 'machines/room/roomMachine.ts', `import { z } from 'zod'`, 'only in messages.ts'],
    [
      'of a file outside the project',
      'server/startServer.ts',
      `import notes from '../notes/plan.ts'`,
      'not part of the project',
    ],
    [
      'by the URL of a worker',
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

describe('findCycles finds a cycle', () => {
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
      'of types only',
      [
        ['turn/core/quotas.ts', `import type { A } from './meter.ts'`],
        ['turn/core/meter.ts', `export type B = import('./quotas.ts').B`],
      ],
      'turn/core/quotas.ts → turn/core/meter.ts → turn/core/quotas.ts',
    ],
    [
      'of three files: a component, a re-export and a dynamic import',
      [
        ['client/App.svelte', `<script lang="ts">import { a } from './ui/deviceBanner.ts'</script>`],
        ['client/ui/deviceBanner.ts', `export * from '../media/sourceMonitor.ts'`],
        ['client/media/sourceMonitor.ts', `const app = await import('../App.svelte')`],
      ],
      'client/App.svelte → client/ui/deviceBanner.ts → client/media/sourceMonitor.ts → client/App.svelte',
    ],
    [
      'of a file that imports itself',
      [['turn/core/quotas.ts', `import { a } from './quotas.ts'`]],
      'turn/core/quotas.ts → turn/core/quotas.ts',
    ],
  ])('%s', (_, files, cycle) => {
    expect(findCycles(createSources(files))).toEqual([cycle])
  })

  test('findCycles leaves out files that only lead to a cycle or away from it', () => {
    const files: File[] = [
      ['turn/index.ts', `import { a } from './core/quotas.ts'`],
      ['turn/core/quotas.ts', `import { a } from './meter.ts'`],
      ['turn/core/meter.ts', `import { b } from './quotas.ts'\nimport { c } from '../common/address.ts'`],
      ['turn/common/address.ts', ''],
    ]
    expect(findCycles(createSources(files))).toEqual(['turn/core/quotas.ts → turn/core/meter.ts → turn/core/quotas.ts'])
  })

  test('findCycles accepts two import chains to the same file', () => {
    const files: File[] = [
      ['turn/index.ts', `import './core/quotas.ts'\nimport './core/meter.ts'`],
      ['turn/core/quotas.ts', `import './meter.ts'`],
      ['turn/core/meter.ts', ''],
    ]
    expect(findCycles(createSources(files))).toEqual([])
  })
})

describe('findWrongFolders rejects', () => {
  test.each<[reason: string, path: string, text: string, complaint: string]>([
    [
      'an import from a later folder',
      'machines/room/seats.ts',
      `import { a } from '../call/negotiation.ts'`,
      'imports machines/call/negotiation.ts, whose folder comes later',
    ],
    [
      'a type import from a later folder',
      'machines/room/seats.ts',
      `import type { A } from '../statechart.ts'`,
      'imports machines/statechart.ts, whose folder comes later',
    ],
    [
      'an import from a subfolder that comes later',
      'machines/protocol/messages.ts',
      `import type { A } from './trace/types.ts'`,
      'comes later',
    ],
    [
      'an import from a later folder by a component',
      'client/ui/components/Page.svelte',
      `<script>import Home from '../screens/HomePage.svelte'</script>`,
      'comes later',
    ],
    [
      'a file in a folder that is not listed',
      'turn/misc/text.ts',
      '',
      'is in a folder that is not listed in folders.ts',
    ],
    ['a file above the listed folders', 'client/pages/text.ts', '', 'is in a folder that is not listed in folders.ts'],
  ])('%s', (_, path, text, complaint) => {
    expect(findWrongFolders([{ path, text }])).toEqual([expect.stringContaining(complaint)])
  })
})

describe('findWrongFolders accepts an import', () => {
  test.each([
    ['from an earlier folder', 'machines/call/callEvents.ts', `import { a } from '../protocol/messages.ts'`],
    ['from the same folder', 'machines/call/callMachine.ts', `import { a } from './callSetup.ts'`],
    [
      'by the top of a part, which comes last',
      'machines/statechart.ts',
      `import { a } from './status/qualityMachine.ts'`,
    ],
    ['from a subfolder without its own entry', 'client/pages/check/texts.ts', `import { en } from './texts/en.ts'`],
    [
      'from the parent folder of a subfolder without its own entry',
      'client/pages/check/texts/en.ts',
      `import type { A } from '../finding.ts'`,
    ],
    [
      'from another part, which has its own order',
      'client/common/browserSupport.ts',
      `import { a } from '../../machines/statechart.ts'`,
    ],
  ])('%s', (_, path, text) => {
    expect(findWrongFolders([{ path, text }])).toEqual([])
  })
})

describe('findWrongImports rejects a machine that uses', () => {
  test.each([
    ['the clock', 'export const now = () => Date.now()', 'Date'],
    ['a timer', 'setTimeout(() => {}, 1)', 'setTimeout'],
    ['chance', 'export const roll = () => Math.random()', 'Math.random'],
    ['the page', 'export const title = () => document.title', 'document'],
    ['a peer connection', 'export const open = () => new RTCPeerConnection()', 'RTCPeerConnection'],
    ['the console', `console.log('here')`, 'console'],
  ])('%s', (_, text, name) => {
    expect(findWrongImports([{ path: 'machines/call/callMachine.ts', text }])).toEqual([
      `machines/call/callMachine.ts: uses ${name}: machines do no I/O`,
    ])
  })
})

describe('findWrongImports accepts an import', () => {
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
    ['of turn/index.ts by the server', 'server/startServer.ts', `import { startTurn } from '../turn/index.ts'`],
    ['of zod by messages.ts', 'machines/protocol/messages.ts', `import { z } from 'zod'`],
    ['of a file in the same part', 'turn/core/serverState.ts', `import { encode } from '../stun/message.ts'`],
    [
      'and a property that is named like a global',
      'machines/call/callMachine.ts',
      `export const place = { location: 1 }.location`,
    ],
  ])('%s', (_, path, text) => {
    expect(findWrongImports([{ path, text }])).toEqual([])
  })
})
