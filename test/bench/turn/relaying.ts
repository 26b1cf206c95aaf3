import type { RelayCase } from './cases.ts'
import type { Generator } from './generator.ts'
import type { Target } from './load/commands.ts'
import type { ServerName } from './servers/server.ts'

/** The result of one server in one closed-loop case. */
export interface RelayResult {
  subject: ServerName
  title: string
  /** Packets that the server sent to a peer or a client. */
  packetsPerSecond: number
  packetsPerCoreSecond: number
  /** CPU time of the server per packet, in µs. */
  cpuMicros: number
  /** CPU usage, as a ratio of one core. */
  serverBusyRatio: number
  lost: number
}

const seconds = 2
/** The server sends each message twice: from relay to relay, and to the client. */
export const packetsPerMessage = 2

/** Measures one server for 2 s in a closed loop. */
export async function measureRelay(
  generator: Generator,
  subject: ServerName,
  target: Target,
  { title, pairs, sizeBytes, window }: RelayCase,
): Promise<RelayResult> {
  const input = { pairs, sizeBytes, window, seconds }
  const { messages, lost, wallMicros, serverCpuMicros } = await generator.run('relay', target, input)
  const packets = messages * packetsPerMessage
  return {
    subject,
    title,
    lost,
    packetsPerSecond: (packets / wallMicros) * 1e6,
    packetsPerCoreSecond: (packets / serverCpuMicros) * 1e6,
    cpuMicros: serverCpuMicros / packets,
    serverBusyRatio: serverCpuMicros / wallMicros,
  }
}
