import { Bucket } from '../../../server/limits/tokenBucket.ts'
import type { WebSocket } from 'ws'
import { Drain } from '../../../server/common/drain.ts'
import { Line, type LineRules } from '../../../server/ws/trpcConnection.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { Rooms } from '../../../server/rooms/roomService.ts'
import type { Services } from '../../../server/api/dependencies.ts'
import { Throttle, throttleLimits } from '../../../server/limits/rateLimiter.ts'
import { Visitor } from '../../../server/api/clientSession.ts'
import { ManualClock } from '../clock.ts'
import type { Answer } from '../wire.ts'

/** A `Line` without a network: what it costs is what the server does with a frame, and nothing else. */
export interface LineHarness {
  line: Line
  answers: string[]
  /** Codes with which the server closed the socket. */
  closes: number[]
  /** CPU time in ms, of all threads, from the frame's arrival until everything that follows from it has happened. */
  cpuOf(frame: string): Promise<number>
  codes(): (string | undefined)[]
}

export const makeServices = (clock = new ManualClock()): Services => {
  const log = createLog('silent')
  return {
    clock, log, rooms: new Rooms({ store: new MemoryStore(clock), clock, log }), throttle: new Throttle(throttleLimits), drain: new Drain(),
    ice: { configFor: () => ({ iceServers: [], lifetimeMs: 0 }) }, inspects: false,
  }
}

/** @param calls how many calls its visitor may make */
export function lineHarness(rules: Partial<LineRules> = {}, calls = 1e9): LineHarness {
  const services = makeServices()
  const bucket = new Bucket(calls, 0, services.clock.now())
  const visitor = new Visitor({ host: 'duet.example', address: '192.0.2.1', calls: bucket, frames: bucket, at: services.clock.now() })
  const answers: string[] = []
  const closes: number[] = []
  const socket = { OPEN: 1, readyState: 1, bufferedAmount: 0, send: (text: string) => void answers.push(text), close: (code: number) => void closes.push(code) }
  const line = new Line(socket as unknown as WebSocket, { visitor, services }, {
    callsPerFrame: 10, throttledCallsPerFrame: 100, subscriptions: 8, unsentBytes: 1e9,
    onSlow: () => undefined, onUnsent: () => undefined, onRefusal: () => undefined, ...rules,
  })
  return {
    line, answers, closes,
    async cpuOf(frame) {
      const data = Buffer.from(frame)
      const before = process.cpuUsage()
      line.receive(data)
      // After all microtasks that follow from it.
      await new Promise((resolve) => setImmediate(resolve))
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1_000
    },
    codes: () => answers.map((text) => (JSON.parse(text) as Answer).error?.data.code),
  }
}
