import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { threadId } from 'node:worker_threads'

/**
 * Measures the memory of each thread of a server process. `NODE_OPTIONS=--import` runs it in every thread, so the server
 * is the product, unchanged. A file `request-N` in the folder `BENCH_PROBE` asks every thread for `answer-N-THREAD`.
 */

/** Memory of one thread, in bytes, after garbage collection. */
export interface ThreadMemory {
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
}

const intervalMs = 200
const folder = process.env.BENCH_PROBE

if (folder !== undefined) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let next = 1
  const look = (): void => {
    if (!existsSync(join(folder, `request-${next}`))) return
    collect()
    const { heapUsed, external, arrayBuffers } = process.memoryUsage()
    const file = join(folder, `answer-${next}-${threadId}`)
    const memory: ThreadMemory = { heapUsed, external, arrayBuffers }
    writeFileSync(`${file}.part`, JSON.stringify(memory))
    // The reader must never see half of a file.
    renameSync(`${file}.part`, file)
    next++
  }
  setInterval(look, intervalMs).unref()
}
