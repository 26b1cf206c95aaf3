import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export interface Bundle {
  /** A temporary folder, for files of the test besides. */
  readonly folder: string
  /** To be run by Node. */
  readonly program: string
  remove(): Promise<void>
}

/** Builds a TypeScript program into one file, as the product is built. @param entry below this folder or the one above, as `turn/commands/main.ts` */
export async function bundle(entry: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'duet-bundle-'))
  const ssr = fileURLToPath(new URL(`../${entry}`, import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr, outDir: folder, rollupOptions: { output: { entryFileNames: 'program.mjs' } } },
  })
  return { folder, program: join(folder, 'program.mjs'), remove: () => rm(folder, { recursive: true }) }
}
