import { openLoopLoad } from './cases.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import { packetsPerMessage } from './relaying.ts'
import type { ServerName } from './servers/server.ts'

/** `direct` are the generator's own sockets without a server. */
export type DelaySubject = ServerName | 'direct'

/** The result of one server at a steady rate. */
export interface DelayResult {
  subject: DelaySubject
  title: string
  /** Packets that the server had to send each second. */
  offeredPerSecond: number
  /** Part of the messages that did not arrive within 0.5 s. */
  lostRatio: number
  /** CPU time of the server per packet, in µs. */
  cpuMicros: number
  /** Delay of one way: client, server, relay, relay, server, client. */
  p50Ms: number
  p99Ms: number
}

const seconds = 1.5

/**
 * Measures one way at a steady rate.
 * @param packetsPerSecond packets that leave the server, two for each message
 */
export async function measureDelay(
  generator: Generator,
  subject: DelaySubject,
  target: Target,
  title: string,
  packetsPerSecond: number,
): Promise<DelayResult> {
  const perSecond = packetsPerSecond / packetsPerMessage
  const input = { ...openLoopLoad, perSecond, seconds, direct: subject === 'direct' }
  const { sent, lost, serverCpuMicros, wallMicros, p50Ms, p99Ms } = await generator.run('pace', target, input)
  return {
    subject,
    title,
    offeredPerSecond: ((sent * packetsPerMessage) / wallMicros) * 1e6,
    lostRatio: lost / sent,
    cpuMicros: serverCpuMicros / ((sent - lost) * packetsPerMessage),
    p50Ms,
    p99Ms,
  }
}
