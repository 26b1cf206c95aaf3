import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import type { ServerName } from './serversUnderTest.ts'

/** The result of one server with short-lived allocations. */
export interface ChurnResult {
  subject: ServerName
  allocationsPerSecond: number
  /** CPU time of the server in µs for challenge, Allocate and Refresh with 0. */
  cpuMicros: number
  /** CPU usage as a ratio of one core. */
  serverBusyRatio: number
  generatorBusyRatio: number
}

const seconds = 2
const concurrency = 32

/** Measures one server for 2 s with 32 concurrent clients. */
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
