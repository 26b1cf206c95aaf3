import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { worstCaseFrames } from '../server/ws/worstCaseFrames.ts'
import { useServerProcess, type ServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'

/**
 * One socket sends its full burst while a probe at another address measures round trips. The measure is the CPU time of
 * the server's main thread between PING and PONG. Time in which other processes have the CPU does not count.
 */

const program = useServerProcess()
const maxFrameMs = 10
const maxRoundTripMs = 100
/**
 * The probe may lose the CPU between a PONG and its reading of the server's time. That happens in one burst, not in
 * all.
 */
const maxAttempts = 5
const idleRoundTrips = 50
const heartbeatsPerProbe = 200

const createIceQuery = (id: number) => ({ id, method: 'query', params: { path: 'ice.servers' } })
const bursts: Record<string, string> = {
  ...worstCaseFrames,
  'a heartbeat': 'PING',
  'ten calls in a short frame': JSON.stringify(
    Array.from({ length: limits.requestsPerFrame }, (_, id) => createIceQuery(id)),
  ),
  'throttled calls in a short frame': JSON.stringify(Array.from({ length: 72 }, (_, id) => createIceQuery(id))),
}

/** CPU time of the main thread and its time waiting for a CPU, in ms (proc_pid_schedstat). */
function readCpuTimes({ child }: ServerProcess): { cpuMs: number; waitMs: number } {
  const [cpu, wait] = readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { cpuMs: cpu! / 1e6, waitMs: wait! / 1e6 }
}

interface RoundTrip {
  wallMs: number
  cpuMs: number
}

/**
 * Measures sequential round trips of the probe until `isOver`, at least one. A socket has tokens for 300 heartbeats.
 */
async function measureRoundTrips(server: ServerProcess, isOver: () => boolean): Promise<RoundTrip[]> {
  const all: RoundTrip[] = []
  let probe = await openProbe(server)
  do {
    if (all.length % heartbeatsPerProbe === heartbeatsPerProbe - 1) {
      probe.socket.terminate()
      probe = await openProbe(server)
    }
    const [began, before] = [performance.now(), readCpuTimes(server).cpuMs]
    probe.send('PING')
    await probe.next()
    all.push({ cpuMs: readCpuTimes(server).cpuMs - before, wallMs: performance.now() - began })
  } while (!isOver())
  probe.socket.terminate()
  return all
}

const openProbe = ({ url }: ServerProcess): Promise<FrameClient> => FrameClient.open(url, { localAddress: '127.0.0.2' })
const median = (values: number[]): number => values.sort((one, other) => one - other)[Math.floor(values.length / 2)]!
const max = (values: number[]): number => Math.max(...values)

/** Number of such frames that a socket may send at once with a token left for a heartbeat. */
function countBurstFrames(frame: string): number {
  const cost = 1 + Math.floor(Buffer.byteLength(frame) / serverLimits.bytesPerFrameToken)
  return Math.floor((limits.messageBurst * serverLimits.framesPerRequest - 1) / cost)
}

/** Sends the burst and then a heartbeat. Resolves when the server has read all of it. */
async function sendBurst(server: ServerProcess, localAddress: string, frame: string): Promise<void> {
  const { socket } = await FrameClient.open(server.url, { localAddress })
  let pongs = frame === 'PING' ? countBurstFrames(frame) + 1 : 1
  const read = new Promise<void>((resolve) =>
    socket.on('message', (data) => {
      if (String(data) === 'PONG' && --pongs === 0) resolve()
    }),
  )
  for (let n = 0; n < countBurstFrames(frame); n++) socket.send(frame)
  socket.send('PING')
  // The server closes a socket whose frame has thousands of calls.
  await Promise.race([read, once(socket, 'close')])
  socket.terminate()
}

interface Burst {
  frameCpuMs: number
  worstCpuMs: number
  /** Median round trip, without the time in which the server waited for a CPU. */
  medianMs: number
}

async function measure(server: ServerProcess, address: string, frame: string): Promise<Burst> {
  const before = readCpuTimes(server)
  let isOver = false
  const sending = sendBurst(server, address, frame).finally(() => {
    isOver = true
  })
  const trips = await measureRoundTrips(server, () => isOver)
  await sending
  const after = readCpuTimes(server)
  const cpuMs = after.cpuMs - before.cpuMs
  const stretch = 1 + (after.waitMs - before.waitMs) / cpuMs
  return {
    frameCpuMs: cpuMs / countBurstFrames(frame),
    worstCpuMs: max(trips.map((trip) => trip.cpuMs)),
    medianMs: median(trips.map((trip) => trip.wallMs)) / stretch,
  }
}

let lastAddress = 0

test.each(Object.entries(bursts))(
  '%s: a frame takes at most 10 ms of CPU, and other sockets are served within 100 ms',
  async (_, frame) => {
    const server = await program.start({ DUET_TURN_SELF_TEST: 'no' })
    let left = idleRoundTrips
    const idleMs = median((await measureRoundTrips(server, () => --left === 0)).map((trip) => trip.wallMs))
    let best: Burst | undefined
    const isFine = (burst: Burst): boolean =>
      burst.frameCpuMs < maxFrameMs && burst.worstCpuMs < maxRoundTripMs && burst.medianMs < idleMs + maxRoundTripMs
    for (let n = 0; n < maxAttempts && !(best && isFine(best)); n++) {
      const burst = await measure(server, `127.0.1.${1 + (lastAddress++ % 250)}`, frame)
      if (!best || burst.worstCpuMs < best.worstCpuMs) best = burst
    }
    expect(best!.frameCpuMs, 'CPU time of one frame, in ms').toBeLessThan(maxFrameMs)
    expect(best!.worstCpuMs, 'CPU time of the server in the worst round trip, in ms').toBeLessThan(maxRoundTripMs)
    expect(best!.medianMs - idleMs, 'median round trip beyond that of the idle server, in ms').toBeLessThan(
      maxRoundTripMs,
    )
  },
)
