/** Runs in a server's process: answers over IPC what it costs. `gc` needs `--expose-gc`. */
export interface Usage {
  /** Microseconds of this process, user and system. */
  cpu: number
  rss: number
  heap: number
}

/** Tells the parent the port, then answers each `usage` with what was used so far. */
export function host(port: number): void {
  process.on('message', (raw) => {
    if (raw === 'usage') process.send?.({ usage: usage() })
    if (raw === 'usage after gc') void settle().then(() => process.send?.({ usage: usage() }))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port })
}

/** Several times, for what one collection frees lets go of more. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpu: user + system, rss, heap: heapUsed + external }
}
