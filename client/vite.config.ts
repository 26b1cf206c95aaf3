import { readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin, type Rolldown } from 'vite'
import type { AnyStateMachine } from 'xstate'
import { describeMachine } from '../machines/statechart.ts'
import { chartedMachines } from './pages/statecharts/drawings.ts'
import { drawMachines } from './pages/statecharts/drawMachines.ts'
import { repositoryUrl, type Sources } from './pages/statecharts/source/machineSource.ts'
import { readSources } from './pages/statecharts/source/readSources.ts'
import { embedScriptPlugin } from './embedScript.ts'
import { dropHydrationPlugin } from './dropHydration.ts'
import { inlineServerLimitsPlugin } from './inlineServerLimits.ts'
import { staticIconsPlugin } from './staticIcons.ts'
import { stripDescriptionsPlugin } from './stripDescriptions.ts'
import { createDefinition } from './trace/stately/definition.ts'
import { translatePagePlugin } from './translatePage.ts'

export default defineConfig({
  root: import.meta.dirname,
  // The server inserts the path of `DUET_PUBLIC_URL` into the page. Everything else is relative to its own file.
  base: './',
  plugins: [
    stripDescriptionsPlugin(),
    inlineServerLimitsPlugin(),
    dropHydrationPlugin(),
    staticIconsPlugin(),
    svelte({ configFile: false, compilerOptions: { runes: true } }),
    machineDataPlugin(),
    translatePagePlugin(readFileSync(join(import.meta.dirname, 'public/manifest.webmanifest'), 'utf8')),
    embedScriptPlugin(),
    precompressPlugin(),
  ],
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    // The oldest browsers that support `light-dark()` and the popover attribute.
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    // The Content-Security-Policy allows no `data:` scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // The names of their chunks would be part of the first load. These pages may take one round trip longer.
      resolveDependencies: (file, dependencies) =>
        /\/(StatechartsPage|InspectPrompt)-/.test(file)
          ? dependencies.filter((each) => each.endsWith('.css'))
          : dependencies,
    },
    rolldownOptions: {
      // On a busy machine these warnings only reflect the load.
      checks: { pluginTimings: false },
      // The package does not declare that its modules have no side effects. Without this, its unused links stay.
      treeshake: { moduleSideEffects: [{ test: /\/@trpc\/client\//, sideEffects: false }] },
      // Inlines constants of other modules as well, such as the durations. The default inlines only the shortest.
      optimization: { inlineConst: { mode: 'all', pass: 3 } },
      // Two chunks compress 1 KiB worse, so the first load stays in one.
      output: { codeSplitting: { groups: [{ name: 'app', test: /client\/App\.svelte$/ }] } },
    },
  },
})

/** Returns the places of the machines in the TypeScript files, and the repository of package.json. */
async function readAllSources(): Promise<Sources> {
  const root = join(import.meta.dirname, '..')
  const { repository } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { repository?: unknown }
  const names = await readdir(join(root, 'machines'), { recursive: true })
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith('.ts'))
      .map(async (name) => [`machines/${name}`, await readFile(join(root, 'machines', name), 'utf8')] as const),
  )
  return { repository: repositoryUrl(repository), machines: readSources(new Map(files)) as Sources['machines'] }
}

/** Modules `virtual:<name>` that hold data about the machines. They are computed at build time. */
function machineDataPlugin(): Plugin {
  const ofEachMachine = <T>(compute: (machine: AnyStateMachine) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(chartedMachines).map(([name, machine]) => [name, compute(machine)]))
  const modules: Record<string, () => unknown> = {
    drawings: drawMachines,
    descriptions: () => ofEachMachine(describeMachine),
    definitions: () => ofEachMachine(createDefinition),
    sources: readAllSources,
  }
  const prefix = 'virtual:'
  return {
    name: 'duet-machine-data',
    resolveId: (id) => (id.startsWith(prefix) && id.slice(prefix.length) in modules ? `\0${id}` : null),
    async load(id) {
      const name = id.slice(prefix.length + 1)
      const compute = id.startsWith(`\0${prefix}`) ? modules[name] : undefined
      return compute ? `export const ${name} = ${JSON.stringify(await compute())}` : null
    },
  }
}

/** The build fails if the JavaScript of a first load exceeds this with brotli, in bytes. */
const maxFirstLoadBytes = 80_000

type Output = Rolldown.OutputBundle[string]

/**
 * Writes `.br` and `.gz` next to every text file, so that the server compresses nothing. Logs the size of the first
 * load, and fails if it exceeds `maxFirstLoadBytes`.
 */
function precompressPlugin(): Plugin {
  return {
    name: 'duet-precompress',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir = '' }, bundle) {
        const sizes = new Map<string, Sizes>()
        for (const file of Object.values(bundle)) {
          if (/\.(js|css|html|svg|webmanifest)$/.test(file.fileName))
            sizes.set(file.fileName, await compress(join(dir, file.fileName), toBytes(file)))
        }
        const { br, gz } = sumFirstLoad(bundle, sizes)
        console.log(`first load, JavaScript: ${toKib(br)} brotli, ${toKib(gz)} gzip`)
        if (br > maxFirstLoadBytes) throw new Error(`the first load exceeds ${maxFirstLoadBytes} bytes: ${br}`)
      },
    },
  }
}

interface Sizes {
  br: number
  gz: number
}

const toBytes = (file: Output): Buffer => Buffer.from(file.type === 'chunk' ? file.code : file.source)

async function compress(path: string, bytes: Buffer): Promise<Sizes> {
  const br = await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
  const gz = await promisify(gzip)(bytes, { level: 9 })
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
  return { br: br.length, gz: gz.length }
}

const toKib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`

/** Returns the compressed size of the entry chunk and its static imports, in bytes. */
function sumFirstLoad(bundle: Rolldown.OutputBundle, sizes: Map<string, Sizes>): Sizes {
  const names = new Set<string>()
  const add = (name: string): void => {
    const file = bundle[name]
    if (names.has(name) || file?.type !== 'chunk') return
    names.add(name)
    file.imports.forEach(add)
  }
  for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.isEntry) add(file.fileName)
  const sum = (kind: keyof Sizes): number =>
    [...names].reduce((total, name) => total + (sizes.get(name)?.[kind] ?? 0), 0)
  return { br: sum('br'), gz: sum('gz') }
}
