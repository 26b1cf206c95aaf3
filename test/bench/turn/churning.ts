import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import type { ServerName } from './serversUnderTest.ts'

/** One server's turn at allocations that come and go. */
export interface ChurnResult {
  subject: ServerName
  allocationsPerSecond: number
  /** Microseconds of the server's CPU for challenge, Allocate and Refresh with 0. */
  cpuMicros: number
  /** Of one core. */
  serverBusyRatio: number
  generatorBusyRatio: number
}

const seconds = 2
const concurrency = 32

export async function measureChurn(generator: Generator, subject: ServerName, target: Target): Promise<ChurnResult> {
  const {
    cycles,
    wallMicros,
    serverCpuMicros,
    generatorCpuMicros: own,
  } = await generator.run('churn', target, { concurrency, seconds })
  return {
    subject,
    allocationsPerSecond: (cycles / wallMicros) * 1e6,
    cpuMicros: serverCpuMicros / cycles,
    serverBusyRatio: serverCpuMicros / wallMicros,
    generatorBusyRatio: own / wallMicros,
  }
}
