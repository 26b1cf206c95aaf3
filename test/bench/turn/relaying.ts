import type { Case } from './cases.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/orders.ts'
import type { SubjectName } from './subject.ts'

/** One server's turn at one case. */
export interface Relayed {
  subject: SubjectName
  name: string
  /** Packets that left the server towards a peer or a client. */
  perSecond: number
  perCoreSecond: number
  /** Microseconds of the server's CPU for one of them. */
  cpu: number
  /** Of one core. */
  serverBusy: number
  generatorBusy: number
  lost: number
}

const seconds = 2
/** A message leaves the server twice: from relay to relay, and to the client. */
const packetsPerMessage = 2

export async function measureRelay(generator: Generator, subject: SubjectName, target: Target, { name, pairs, size, window }: Case): Promise<Relayed> {
  const { messages, lost, wall, server, generator: own } = await generator.ask('relay', target, { pairs, size, window, seconds })
  const packets = messages * packetsPerMessage
  return {
    subject, name, lost,
    perSecond: (packets / wall) * 1e6,
    perCoreSecond: (packets / server) * 1e6,
    cpu: server / packets,
    serverBusy: server / wall,
    generatorBusy: own / wall,
  }
}
