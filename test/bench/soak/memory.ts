import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { CDPSession, Page } from 'playwright-core'
import { ownName } from '../../nat/namespace.ts'
import { median } from '../frame/statistics.ts'
import type { Soaked } from './faults.ts'

const mebibyte = 2 ** 20

/** What is measured, and by how much it may have grown and still be flat: the larger of the two. */
export interface Gauge { name: string; ratio: number; mebibytes: number; samples: number[] }

/** Fewer samples say nothing. */
const fewest = 12

/** JavaScript's heap of both pages after collection, and what the server has resident. */
export class Memory {
  readonly gauges: Gauge[]
  readonly #reads: (() => number | Promise<number>)[]

  private constructor(gauges: Gauge[], reads: (() => number | Promise<number>)[]) {
    this.gauges = gauges
    this.#reads = reads
  }

  static async of(both: readonly Soaked[]): Promise<Memory> {
    const sessions = await Promise.all(both.map(({ person: { tab } }) => (tab.page as Page).context().newCDPSession(tab.page as Page)))
    const pid = execFileSync('ip', ['netns', 'pids', ownName('server')], { encoding: 'utf8' }).trim().split('\n')[0]!
    return new Memory(
      [...both.map(({ name }) => ({ name: `heap of ${name}`, ratio: 1.1, mebibytes: 2, samples: [] })), { name: 'server, resident', ratio: 1.1, mebibytes: 8, samples: [] }],
      [...sessions.map((session) => () => heapOf(session)), () => residentOf(pid)],
    )
  }

  async sample(): Promise<void> {
    const found = await Promise.all(this.#reads.map((read) => read()))
    found.forEach((bytes, which) => this.gauges[which]!.samples.push(bytes / mebibyte))
  }
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

const residentOf = (pid: string): number => 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** Medians of the second quarter and of the last. */
export function quarters({ samples }: Gauge): [second: number, last: number] {
  const quarter = Math.ceil(samples.length / 4)
  return [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(-quarter))]
}

export const isLongEnough = ({ samples }: Gauge): boolean => samples.length >= fewest

export function hasGrown(gauge: Gauge): boolean {
  const [second, last] = quarters(gauge)
  return isLongEnough(gauge) && last > Math.max(second * gauge.ratio, second + gauge.mebibytes)
}
