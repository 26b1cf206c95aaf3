import { setTimeout as after } from 'node:timers/promises'
import { isLoopbackHost } from '../../../turn/index.ts'
import type { ApiClientOptions } from '../apiClient.ts'
import { LoadResults, type LoadReport } from './loadResults.ts'
import { LoadRoom } from './loadRoom.ts'

/** The load to generate. */
export interface LoadPlan {
  /** URL of the start page. */
  url: string
  rooms: number
  /** Messages of all rooms together, a second. */
  messagesPerSecond: number
  /** Duration of the messages, after all joins. */
  durationMs: number
  /** Client addresses to claim in `X-Forwarded-For`; 0 sends no such header. */
  addresses: number
}

/** Options of `generateLoad`. */
export interface LoadOptions {
  /** Ends the run early. The report then covers the part before. */
  signal: AbortSignal
  /** Called about once a second. */
  onProgress(progress: LoadReport): void
}

/** Rooms that join at once. More would only wait in the queue of the server. */
const concurrentJoins = 20
/** Interval of sending, in ms. The messages of one interval leave together. */
const tickMs = 5
/** Interval of progress reports, in ms. */
const progressIntervalMs = 1_000
/** Wait for late answers at the end, in ms. */
const graceMs = 5_000

/** Opens the rooms, then sends messages at a fixed rate, even if answers are late (open loop). Never rejects. */
export async function generateLoad(plan: LoadPlan, { signal, onProgress }: LoadOptions): Promise<LoadReport> {
  const results = new LoadResults()
  const rooms: LoadRoom[] = []
  const countUndelivered = (): number => rooms.reduce((sum, { pendingCount }) => sum + pendingCount, 0)
  const report = (): LoadReport => results.report(rooms.length, countUndelivered())
  const progress = setInterval(() => onProgress(report()), progressIntervalMs)
  try {
    await joinRooms(plan, results, rooms, signal)
    if (rooms.length > 0) await sendMessages(plan, results, rooms, signal)
    const deadlineMs = performance.now() + graceMs
    while (results.unansweredCount + countUndelivered() > 0 && performance.now() < deadlineMs && !signal.aborted)
      await after(tickMs)
    return report()
  } finally {
    clearInterval(progress)
    await Promise.all(rooms.map((room) => room.leave()))
  }
}

async function joinRooms(plan: LoadPlan, results: LoadResults, rooms: LoadRoom[], signal: AbortSignal): Promise<void> {
  const startedAtMs = performance.now()
  let next = 0
  const joinNext = async (): Promise<void> => {
    while (next < plan.rooms && !signal.aborted) {
      const options = clientOptions(plan, next++)
      const room = new LoadRoom(results)
      if (await room.join(plan.url, options)) rooms.push(room)
      else await room.leave()
      results.joiningMs = performance.now() - startedAtMs
    }
  }
  await Promise.all(Array.from({ length: concurrentJoins }, joinNext))
}

/** Addresses of a benchmark are in 198.18.0.0/15 (RFC 2544 §C.2.2). A room has one address. */
function clientOptions({ url, addresses }: LoadPlan, room: number): ApiClientOptions {
  const address = room % Math.max(1, addresses)
  const { origin, hostname } = new URL(url)
  return {
    origin,
    // The certificate of a server on this machine is for its public name.
    isCertificateIgnored: isLoopbackHost(hostname),
    ...(addresses > 0 && { headers: { 'X-Forwarded-For': `198.18.${address >> 8}.${address & 0xff}` } }),
  }
}

async function sendMessages(
  { messagesPerSecond, durationMs }: LoadPlan,
  results: LoadResults,
  rooms: readonly LoadRoom[],
  signal: AbortSignal,
): Promise<void> {
  const count = Math.floor((messagesPerSecond * durationMs) / 1000)
  const startedAtMs = performance.now()
  const dueAtMs = (message: number): number => startedAtMs + (message * 1000) / messagesPerSecond
  for (let sent = 0; sent < count && !signal.aborted;) {
    while (sent < count && dueAtMs(sent) <= performance.now()) {
      rooms[sent % rooms.length]?.send(dueAtMs(sent))
      sent++
    }
    results.sendingMs = performance.now() - startedAtMs
    await after(tickMs)
  }
}
