import type { RelayCase } from './cases.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import { measureRelay } from './relaying.ts'
import type { ServerName } from './serversUnderTest.ts'

/** The rate of a measurement. */
export type Load = 'half of its own' | 'half of the slower one’s'

/** The result of one server at a steady rate. A round trip is four packets of the server. */
export interface DelayResult {
  subject: ServerName
  name: string
  load: Load
  /** Packets sent by the server a second. */
  packetsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** Round trips between the generator's own sockets. */
  direct: { p50Ms: number; p99Ms: number }
  lost: number
}

/** The maximum rate of each server, in packets a second. */
export type Rates = Record<ServerName, number>

const seconds = 1.5
/** Each way passes two relays. */
const packetsPerTrip = 4

/** Measures the closed-loop rate of both servers. */
export async function findRates(
  generator: Generator,
  targets: Record<ServerName, Target>,
  each: RelayCase,
): Promise<Rates> {
  const rateOf = async (name: ServerName): Promise<number> =>
    (await measureRelay(generator, name, targets[name], each)).packetsPerSecond
  return { duet: await rateOf('duet'), coturn: await rateOf('coturn') }
}

/** Measures at half of the server's maximum, and at half of the slower server's for an equal load. */
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
