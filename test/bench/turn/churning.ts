import type { Scope } from '../harness/scope.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import type { Server, ServerName } from './servers/server.ts'

/** The result of one server with short-lived allocations. */
export interface ChurnResult {
  subject: ServerName
  title: string
  allocationsPerSecond: number
  /** CPU time of the server in µs for challenge, Allocate and Refresh with 0. */
  cpuMicros: number
  /** CPU usage as a ratio of one core. */
  serverBusyRatio: number
}

const concurrency = 32
const warm = { title: 'warm', warmUpSeconds: 0.5, seconds: 2 }
const afterStart = { title: 'first second after the start', warmUpSeconds: 0, seconds: 1 }

/** Measures a warm server for 2 s with 32 concurrent clients. */
export const measureChurn = (generator: Generator, subject: ServerName, target: Target): Promise<ChurnResult> =>
  runChurn(generator, subject, target, warm)

/** Measures the first second of a new process with 32 concurrent clients. It has answered only some Bindings before. */
export const measureFirstSecond = (scope: Scope, generator: Generator, server: Server): Promise<ChurnResult> =>
  scope.within(async (inner) => runChurn(generator, server.name, await server.start(inner, { cpuCore: 0 }), afterStart))

async function runChurn(
  generator: Generator,
  subject: ServerName,
  target: Target,
  { title, warmUpSeconds, seconds }: typeof warm,
): Promise<ChurnResult> {
  const input = { concurrency, warmUpSeconds, seconds }
  const { cycles, wallMicros, serverCpuMicros } = await generator.run('churn', target, input)
  return {
    subject,
    title,
    allocationsPerSecond: (cycles / wallMicros) * 1e6,
    cpuMicros: serverCpuMicros / cycles,
    serverBusyRatio: serverCpuMicros / wallMicros,
  }
}
