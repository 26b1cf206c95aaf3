import { median } from '../harness/statistics.ts'
import type { RelayResult } from './relaying.ts'
import type { ServerName } from './servers/server.ts'

/** Packets a second of each server on a busy core, in the saturated case. The generator may be slower. */
export type Limits = ReadonlyMap<ServerName, number>

/** A rate, and the servers that can keep it. */
export interface PacedRate {
  readonly title: string
  readonly packetsPerSecond: number
  readonly names: readonly ServerName[]
}

/** A server whose limit is closer to the rate than this is overloaded by it. */
const headroomRatio = 0.8

/** Returns the median limit of each server. */
export const findLimits = (results: readonly RelayResult[]): Limits =>
  new Map(
    [...new Set(results.map(({ subject }) => subject))].map((subject) => [
      subject,
      median(
        results.filter((result) => result.subject === subject).map(({ packetsPerCoreSecond }) => packetsPerCoreSecond),
      ),
    ]),
  )

/**
 * Returns the one or two rates of the scenario `paced`. The first is half of the limit of the slowest server.
 * The second is half of the limit of duet's fastest engine or of coturn, if that is higher.
 */
export function pacedRates(limits: Limits): PacedRate[] {
  const duet = limits.has('duet batch') ? 'duet batch' : 'duet dgram'
  const two = [duet, 'coturn'] as const
  const slowest = Math.min(...limits.values())
  const slower = Math.min(...two.map((name) => limits.get(name) ?? Infinity))
  const rate = (limit: number, owner: string): PacedRate => ({
    title: `paced, half of the limit of ${owner}`,
    packetsPerSecond: limit / 2,
    names: [...limits].filter(([, own]) => limit / 2 <= own * headroomRatio).map(([name]) => name),
  })
  return [rate(slowest, 'the slowest'), ...(slower > slowest ? [rate(slower, `${duet} or coturn`)] : [])]
}
