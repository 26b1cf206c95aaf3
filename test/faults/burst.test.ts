import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { frameShapes } from '../server/ws/frameShapes.ts'
import { useProgram, type Program } from '../server/program.ts'
import { Wire } from '../server/wire.ts'

/**
 * One socket sends its full burst, and a witness at another address measures round trips meanwhile. The measure is the CPU time of
 * the server's main thread between PING and PONG: time in which other processes have the CPU is not the server's.
 */

const program = useProgram()
const mostFrameMs = 10
const mostRoundTripMs = 100
/** The witness may lose the CPU between a PONG and the look at the server's time. This happens in one burst, not in all of them. */
const tries = 5
const idleRoundTrips = 50
const heartbeatsPerWitness = 200

const ice = (id: number) => ({ id, method: 'query', params: { path: 'ice.servers' } })
const bursts: Record<string, string> = {
  ...frameShapes,
  'a heartbeat': 'PING',
  'ten calls in a short frame': JSON.stringify(Array.from({ length: limits.callsPerFrame }, (_, id) => ice(id))),
  'throttled calls in a short frame': JSON.stringify(Array.from({ length: 72 }, (_, id) => ice(id))),
}

/** Of the main thread, in ms: time on a CPU, and time spent waiting for one (proc_pid_schedstat). */
function timesOf({ child }: Program): { cpuMs: number; waitMs: number } {
  const [cpu, wait] = readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { cpuMs: cpu! / 1e6, waitMs: wait! / 1e6 }
}

interface RoundTrip {
  wallMs: number
  cpuMs: number
}

/** Round trips of the witness, one after the other, until `isOver`; one at least. A socket has tokens for 300 heartbeats. */
async function roundTrips(server: Program, isOver: () => boolean): Promise<RoundTrip[]> {
  const all: RoundTrip[] = []
  let witness = await openWitness(server)
  do {
    if (all.length % heartbeatsPerWitness === heartbeatsPerWitness - 1) {
      witness.socket.terminate()
      witness = await openWitness(server)
    }
    const [began, before] = [performance.now(), timesOf(server).cpuMs]
    witness.send('PING')
    await witness.next()
    all.push({ cpuMs: timesOf(server).cpuMs - before, wallMs: performance.now() - began })
  } while (!isOver())
  witness.socket.terminate()
  return all
}

const openWitness = ({ url }: Program): Promise<Wire> => Wire.open(url, { localAddress: '127.0.0.2' })
const median = (values: number[]): number => values.sort((one, other) => one - other)[Math.floor(values.length / 2)]!
const worst = (values: number[]): number => Math.max(...values)

/** How many such frames one socket may send at once and have a heartbeat left. */
function burstOf(frame: string): number {
  const cost = 1 + Math.floor(Buffer.byteLength(frame) / serverLimits.bytesPerFrameToken)
  return Math.floor((limits.messageBurst * serverLimits.framesPerCall - 1) / cost)
}

/** Sends the burst, and a heartbeat behind it. Resolves when all of it was read. */
async function send(server: Program, localAddress: string, frame: string): Promise<void> {
  const { socket } = await Wire.open(server.url, { localAddress })
  let pongs = frame === 'PING' ? burstOf(frame) + 1 : 1
  const read = new Promise<void>((resolve) => socket.on('message', (data) => { if (String(data) === 'PONG' && --pongs === 0) resolve() }))
  for (let n = 0; n < burstOf(frame); n++) socket.send(frame)
  socket.send('PING')
  // A socket whose frame has thousands of calls is closed.
  await Promise.race([read, once(socket, 'close')])
  socket.terminate()
}

interface Burst {
  frameCpuMs: number
  worstCpuMs: number
  /** The median round trip, in time that the server had a CPU for. */
  medianMs: number
}

async function measure(server: Program, address: string, frame: string): Promise<Burst> {
  const before = timesOf(server)
  let isOver = false
  const sending = send(server, address, frame).finally(() => { isOver = true })
  const trips = await roundTrips(server, () => isOver)
  await sending
  const after = timesOf(server)
  const cpuMs = after.cpuMs - before.cpuMs
  const stretch = 1 + (after.waitMs - before.waitMs) / cpuMs
  return { frameCpuMs: cpuMs / burstOf(frame), worstCpuMs: worst(trips.map((trip) => trip.cpuMs)), medianMs: median(trips.map((trip) => trip.wallMs)) / stretch }
}

let lastAddress = 0

test.each(Object.entries(bursts))('%s: no frame takes over 10 ms of CPU, and others are served within 100 ms during the full burst of one socket', async (_, frame) => {
  const server = await program.start({ DUET_TURN_SELF_TEST: 'no' })
  let left = idleRoundTrips
  const idleMs = median((await roundTrips(server, () => --left === 0)).map((trip) => trip.wallMs))
  let best: Burst | undefined
  const isFine = (burst: Burst): boolean => burst.frameCpuMs < mostFrameMs && burst.worstCpuMs < mostRoundTripMs && burst.medianMs < idleMs + mostRoundTripMs
  for (let n = 0; n < tries && !(best && isFine(best)); n++) {
    const burst = await measure(server, `127.0.1.${1 + lastAddress++ % 250}`, frame)
    if (!best || burst.worstCpuMs < best.worstCpuMs) best = burst
  }
  expect(best!.frameCpuMs, 'CPU time of one frame, in ms').toBeLessThan(mostFrameMs)
  expect(best!.worstCpuMs, 'CPU time of the server in the worst round trip, in ms').toBeLessThan(mostRoundTripMs)
  expect(best!.medianMs - idleMs, 'median round trip beyond that of the idle server, in ms').toBeLessThan(mostRoundTripMs)
})
