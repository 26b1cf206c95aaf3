/** The resource usage of a server process, reported over IPC. A collection needs `--expose-gc`. */
export interface Usage {
  /** CPU time of this process in µs, user and system. */
  cpuMicros: number
  rssBytes: number
  heapBytes: number
}

/** Sends the port to the parent, then replies to each `usage` message with the usage so far. */
export function reportUsage(port: number): void {
  process.on('message', (raw) => {
    if (raw === 'usage') process.send?.({ usage: readUsage() })
    if (raw === 'usage after gc') void collectGarbage().then(() => process.send?.({ usage: readUsage() }))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port })
}

/** Collects four times, because freed objects release more objects. */
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
