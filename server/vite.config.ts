import { join } from 'node:path'
import { defineConfig } from 'vite'

/** `vite build server`: builds both programs and the relay's worker threads for Node. Packages stay external. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  publicDir: false,
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
