import type { Generator } from './generator.ts'
import type { Target } from './load/orders.ts'
import type { ServerName } from './subject.ts'

/** One server's turn at allocations that come and go. */
export interface Churned {
  subject: ServerName
  perSecond: number
  /** Microseconds of the server's CPU for challenge, Allocate and Refresh with 0. */
  cpu: number
  /** Of one core. */
  serverBusy: number
  generatorBusy: number
}

const seconds = 2
const atOnce = 32

export async function measureChurn(generator: Generator, subject: ServerName, target: Target): Promise<Churned> {
  const { cycles, wall, server, generator: own } = await generator.ask('churn', target, { atOnce, seconds })
  return { subject, perSecond: (cycles / wall) * 1e6, cpu: server / cycles, serverBusy: server / wall, generatorBusy: own / wall }
}
