import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** A built program. */
export interface Bundle {
  /** Temporary folder. The test may write its own files to it. */
  readonly folder: string
  /** Path of the built file; Node runs it. */
  readonly program: string
  remove(): Promise<void>
}

/**
 * Builds a TypeScript program into one file with the product's build settings, and the relay's worker beside it.
 * @param entry path below the project root, such as `turn/commands/main.ts`
 */
export async function bundle(entry: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'duet-bundle-'))
  const ssr = fileURLToPath(new URL(`../${entry}`, import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr, outDir: folder, rollupOptions: { output: { entryFileNames: 'program.mjs' } } },
  })
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: fileURLToPath(new URL('../turn/workers/worker.ts', import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'turn-worker.js' } },
    },
  })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return { folder, program: join(folder, 'program.mjs'), remove: () => rm(folder, { recursive: true }) }
}
