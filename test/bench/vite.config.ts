import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Builds the bench, and the servers and clients that it starts as separate processes. */
export default defineConfig({
  root: here('.'),
  // No minification: the bench sends the source of functions into pages.
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    outDir: here('../../dist/bench'),
    emptyOutDir: false,
    rolldownOptions: {
      input: {
        main: here('main.ts'),
        classic: here('setup/classic/server.ts'),
        ws: here('signalling/servers/ws.ts'),
        socketio: here('signalling/servers/socketio.ts'),
        duet: here('signalling/servers/duet.ts'),
        load: here('signalling/load/load.ts'),
        webrtcclient: here('clients/programs/webrtcClient.ts'),
        memoryprobe: here('turn/memoryProbe.ts'),
        turnload: here('turn/load/load.ts'),
        'turn-worker': here('../../turn/workers/worker.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
