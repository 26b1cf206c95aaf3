import type { RelayCase } from './cases.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import { measureRelay } from './relaying.ts'
import type { ServerName } from './serversUnderTest.ts'

export type Load = 'half of its own' | 'half of the slower one’s'

/** One server's turn at a steady rate. Milliseconds of a round trip, four packets of the server's. */
export interface DelayResult {
  subject: ServerName
  name: string
  load: Load
  /** Packets a second that left the server. */
  packetsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** The same between the generator's own sockets. */
  direct: { p50Ms: number; p99Ms: number }
  lost: number
}

/** Packets a second of each server when it does all that it can. */
export type Rates = Record<ServerName, number>

const seconds = 1.5
/** There and back, through two relays each time. */
const packetsPerTrip = 4

export async function findRates(
  generator: Generator,
  targets: Record<ServerName, Target>,
  each: RelayCase,
): Promise<Rates> {
  const rateOf = async (name: ServerName): Promise<number> =>
    (await measureRelay(generator, name, targets[name], each)).packetsPerSecond
  return { duet: await rateOf('duet'), coturn: await rateOf('coturn') }
}

/** At half of what it can do, and at half of what the slower one can, so that both are seen under the same load too. */
export async function measureDelay(
  generator: Generator,
  subject: ServerName,
  target: Target,
  { name, pairs, sizeBytes }: RelayCase,
  rates: Rates,
): Promise<DelayResult[]> {
  const own = { load: 'half of its own', perSecond: rates[subject] / 2 } as const
  const same = { load: 'half of the slower one’s', perSecond: Math.min(...Object.values(rates)) / 2 } as const
  const all: DelayResult[] = []
  for (const { load, perSecond } of own.perSecond > same.perSecond ? [own, same] : [same]) {
    const order = { pairs, sizeBytes, seconds, perSecond: perSecond / packetsPerTrip }
    const direct = await generator.run('pace', target, { ...order, direct: true })
    const { p50Ms, p99Ms, lost } = await generator.run('pace', target, { ...order, direct: false })
    all.push({ subject, name, load, packetsPerSecond: perSecond, p50Ms, p99Ms, direct, lost })
  }
  return all
}
