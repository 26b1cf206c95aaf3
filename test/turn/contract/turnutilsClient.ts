import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { secret, createCredentials } from '../turnFixture.ts'
import { freePort } from './coturnServer.ts'
import type { RunningServer } from './serverUnderTest.ts'

/** coturn's client and peer from Debian's package. */

export interface ClientResult {
  readonly output: string
  /** From its last lines: packets lost, and packets sent. */
  readonly lost: number
  readonly sent: number
}

export interface TurnutilsClient {
  readonly result: Promise<ClientResult>
  kill(): void
}

export const messageCount = 20

const { username, credential } = createCredentials()

/** The destination: an address, its port and, for RTCP, the next port. */
export interface EchoPeer {
  readonly ip: string
  readonly port: number
  stop(): Promise<void>
}

/** @param flags override the default flags */
export function startTurnutilsClient(
  { ip, port, tlsPort }: Pick<RunningServer, 'ip' | 'port' | 'tlsPort'>,
  peer: EchoPeer,
  flags: readonly string[],
): TurnutilsClient {
  const credentialFlags = flags.includes('-W') ? ['-u', 'anna', '-W', secret] : ['-u', username, '-w', credential]
  const otherFlags = flags.filter((flag) => flag !== '-W')
  const addressFlags = ['-p', `${flags.includes('-S') ? tlsPort : port}`, '-e', peer.ip, '-r', `${peer.port}`]
  const child = spawn(
    'turnutils_uclient',
    ['-n', `${messageCount}`, ...credentialFlags, ...addressFlags, ...otherFlags, ip],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  // Each client polls its clock 1,000 times a second. Many of them would starve the server.
  setPriority(child.pid!, constants.priority.PRIORITY_LOW)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    result: once(child, 'close').then(() => ({ output, ...parseTotals(output) })),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Returns the last of the reports that it prints each second. */
function parseTotals(output: string): Pick<ClientResult, 'lost' | 'sent'> {
  const [, sent = NaN, received = NaN] =
    [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1)?.map(Number) ?? []
  const lost = Number(/Total lost packets (\d+)/.exec(output)?.[1] ?? NaN)
  return { lost: lost === sent - received ? lost : NaN, sent }
}

/** Starts turnutils_peer on two consecutive ports, for RTP and RTCP. Resolves once it echoes. */
export async function startEchoPeer(ip: string): Promise<EchoPeer> {
  const port = await freePort(2)
  const child = spawn('turnutils_peer', ['-p', `${port}`, '-L', ip], { stdio: 'ignore' })
  const exit = once(child, 'exit')
  const probe = createSocket(ip.includes(':') ? 'udp6' : 'udp4')
  const again = setInterval(() => probe.send('anybody there?', port + 1, ip), 20)
  await once(probe, 'message')
  clearInterval(again)
  probe.close()
  const stop = async () => {
    child.kill('SIGKILL')
    await exit
  }
  return { ip, port, stop }
}
