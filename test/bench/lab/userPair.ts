import { setTimeout as sleep } from 'node:timers/promises'
import { findFlowStart } from './mediaFlow.ts'
import type { MeterReading } from './mediaMeter.ts'
import type { BenchUser } from './benchUser.ts'

const pollIntervalMs = 150

/** Two users in a call. By convention faults affect the first. */
export class UserPair {
  readonly both: readonly [BenchUser, BenchUser]

  constructor(one: BenchUser, other: BenchUser) {
    this.both = [one, other]
  }

  /** Joins both users and waits until the call is connected and media flows. */
  async startCall(room: string): Promise<void> {
    for (const user of this.both) await user.join(room)
    await Promise.all(this.both.map((user) => user.waitForStates({ room: 'full', call: 'connected' })))
    if ((await this.waitForMedia({ since: Date.now(), stops: false, timeoutMs: 30_000 })) === null)
      throw new Error(`call without media: ${JSON.stringify(await this.readMeters())}`)
  }

  /** The time since which media flows both ways. Null after `timeoutMs`. */
  async waitForMedia({
    since,
    stops,
    timeoutMs,
  }: {
    since: number
    stops: boolean
    timeoutMs: number
  }): Promise<number | null> {
    for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(pollIntervalMs)) {
      const readings = await this.readMeters()
      const at = readings && findFlowStart(readings, since, stops)
      if (at !== null) return at
    }
    return null
  }

  /** Reads both meters. Null while one of the pages loads. */
  async readMeters(): Promise<MeterReading[] | null> {
    const readings = await Promise.all(this.both.map((user) => user.readMeter()))
    return readings.every((reading) => reading !== null) ? readings : null
  }

  /** Closes both tabs. */
  async close(): Promise<void> {
    await Promise.all(this.both.map(({ tab }) => tab.close()))
  }
}
