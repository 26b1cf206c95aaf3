/** Runs in a server's process: answers over IPC what it costs. `gc` needs `--expose-gc`. */
export interface Usage {
  /** Microseconds of this process, user and system. */
  cpuMicros: number
  rssBytes: number
  heapBytes: number
}

/** Tells the parent the port, then answers each `usage` with what was used so far. */
export function reportUsage(port: number): void {
  process.on('message', (raw) => {
    if (raw === 'usage') process.send?.({ usage: readUsage() })
    if (raw === 'usage after gc') void collectGarbage().then(() => process.send?.({ usage: readUsage() }))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port })
}

/** Several times, for what one collection frees lets go of more. */
async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function readUsage(): Usage {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpuMicros: user + system, rssBytes: rss, heapBytes: heapUsed + external }
}
