import { TokenBucket } from '../../../server/limits/tokenBucket.ts'
import type { WebSocket } from 'ws'
import { Drain } from '../../../server/common/drain.ts'
import { TrpcConnection, type TrpcConnectionOptions, type TrpcStream } from '../../../server/ws/trpcConnection.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { Dependencies } from '../../../server/api/dependencies.ts'
import { RateLimiter } from '../../../server/limits/rateLimiter.ts'
import { ClientSession } from '../../../server/api/clientSession.ts'
import { ManualClock } from '../manualClock.ts'
import type { TrpcResponse } from '../frameClient.ts'

/** A `TrpcConnection` without a network, so that only the server's work on a frame is measured. */
export interface TrpcConnectionHarness {
  connection: TrpcConnection
  responses: string[]
  /** Close codes sent by the server. */
  closeCodes: number[]
  /** CPU time in ms, of all threads, from the arrival of the frame until its microtasks have run. */
  measureCpuMs(frame: string): Promise<number>
  errorCodes(): (string | undefined)[]
}

/** Dependencies with a memory store, a silent log and default rate limits. */
export const createTestDependencies = (clock = new ManualClock()): Dependencies => {
  const log = createLog('silent')
  return {
    clock,
    log,
    rooms: new RoomService({ store: new MemoryStore(clock), clock, log }),
    rateLimiter: new RateLimiter(),
    drain: new Drain(),
    ice: { createConfig: () => ({ iceServers: [], lifetimeMs: 0 }) },
    canInspect: false,
  }
}

/** Limits that no test of another subject reaches. */
export const roomyOptions: TrpcConnectionOptions = {
  requestsPerFrame: 10,
  throttledRequestsPerFrame: 100,
  maxSubscriptions: 8,
  unsentBytesPerSocket: 1e9,
  onBackpressure: () => undefined,
  onCorked: () => undefined,
  onBuffered: () => undefined,
  onAcknowledged: () => undefined,
  onApiError: () => undefined,
}

/** The stream of a socket without a network. Calls `onText` with the text of each frame. */
export function createFrameStream(onText: (text: string) => void): TrpcStream {
  const write = (frame: string, _: unknown, onSent?: (error?: null) => void): boolean => {
    onText(frame.slice(frame.charCodeAt(1) < 126 ? 2 : 4))
    onSent?.()
    return true
  }
  return { cork: () => undefined, uncork: () => undefined, write: write as TrpcStream['write'] }
}

/** @param callTokens the request budget of the client */
export function createConnectionHarness(
  options: Partial<TrpcConnectionOptions> = {},
  callTokens = 1e9,
): TrpcConnectionHarness {
  const dependencies = createTestDependencies()
  const bucket = new TokenBucket(callTokens, 0, dependencies.clock.now())
  const session = new ClientSession({
    serverHost: 'duet.example',
    address: '192.0.2.1',
    callBudget: bucket,
    frameBudget: bucket,
    nowMs: dependencies.clock.now(),
  })
  const responses: string[] = []
  const closeCodes: number[] = []
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send: (text: string) => void responses.push(text),
    close: (code: number) => void closeCodes.push(code),
  }
  const connection = new TrpcConnection(
    socket as WebSocket,
    createFrameStream((text) => responses.push(text)),
    { session, dependencies },
    { ...roomyOptions, ...options },
  )
  return {
    connection,
    responses,
    closeCodes,
    async measureCpuMs(frame) {
      const data = Buffer.from(frame)
      const before = process.cpuUsage()
      connection.receive(data)
      // Runs after all microtasks of the frame.
      await new Promise((resolve) => setImmediate(resolve))
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1_000
    },
    errorCodes: () => responses.map((text) => (JSON.parse(text) as TrpcResponse).error?.data.code),
  }
}
