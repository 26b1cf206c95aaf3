import type { Case } from './cases.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/orders.ts'
import { measureRelay } from './relaying.ts'
import type { ServerName } from './subject.ts'

export type Load = 'half of its own' | 'half of the slower one’s'

/** One server's turn at a steady rate. Milliseconds of a round trip, four packets of the server's. */
export interface Paced {
  subject: ServerName
  name: string
  load: Load
  /** Packets a second that left the server. */
  perSecond: number
  p50: number
  p99: number
  /** The same between the generator's own sockets. */
  direct: { p50: number; p99: number }
  lost: number
}

/** Packets a second of each server when it does all that it can. */
export type Rates = Record<ServerName, number>

const seconds = 1.5
/** There and back, through two relays each time. */
const packetsPerTrip = 4

export async function findRates(generator: Generator, targets: Record<ServerName, Target>, each: Case): Promise<Rates> {
  const rateOf = async (name: ServerName): Promise<number> => (await measureRelay(generator, name, targets[name], each)).perSecond
  return { duet: await rateOf('duet'), coturn: await rateOf('coturn') }
}

/** At half of what it can do, and at half of what the slower one can, so that both are seen under the same load too. */
export async function measureDelay(generator: Generator, subject: ServerName, target: Target, { name, pairs, size }: Case, rates: Rates): Promise<Paced[]> {
  const own = { load: 'half of its own', perSecond: rates[subject] / 2 } as const
  const same = { load: 'half of the slower one’s', perSecond: Math.min(...Object.values(rates)) / 2 } as const
  const all: Paced[] = []
  for (const { load, perSecond } of own.perSecond > same.perSecond ? [own, same] : [same]) {
    const order = { pairs, size, seconds, perSecond: perSecond / packetsPerTrip }
    const direct = await generator.ask('pace', target, { ...order, direct: true })
    const { p50, p99, lost } = await generator.ask('pace', target, { ...order, direct: false })
    all.push({ subject, name, load, perSecond, p50, p99, direct, lost })
  }
  return all
}
