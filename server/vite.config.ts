import { join } from 'node:path'
import { defineConfig } from 'vite'

/**
 * `vite build server`: builds both programs and the relay's worker threads for Node, with the code of all packages. The
 * output runs without node_modules. Only koffi stays outside, because it is native: `turn/engine/systemCalls.ts` loads it
 * if Node finds it beside or above the output.
 */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node20',
    outDir: '../dist/server',
    emptyOutDir: true,
    rolldownOptions: {
      input: {
        main: join(import.meta.dirname, 'main.ts'),
        turn: join(import.meta.dirname, '../turn/commands/main.ts'),
        'turn-worker': join(import.meta.dirname, '../turn/workers/worker.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
