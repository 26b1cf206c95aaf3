import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { CDPSession, Page } from 'playwright-core'
import { namespaceName } from '../../nat/networkNamespace.ts'
import { median } from '../harness/statistics.ts'
import type { SoakUser } from './faults.ts'

const mebibyte = 2 ** 20

/** A memory measurement. The larger of both growth limits applies. */
export interface Gauge {
  name: string
  maxGrowthRatio: number
  maxGrowthMebibytes: number
  samplesMebibytes: number[]
}

/** The minimum number of samples for a verdict. */
const minSamples = 12

/** The JavaScript heap of both pages after collection, and the resident memory of the server. */
export class MemoryGauges {
  readonly gauges: Gauge[]
  readonly #reads: (() => number | Promise<number>)[]

  private constructor(gauges: Gauge[], reads: (() => number | Promise<number>)[]) {
    this.gauges = gauges
    this.#reads = reads
  }

  /** Creates gauges for both pages and the server. */
  static async open(both: readonly SoakUser[]): Promise<MemoryGauges> {
    const sessions = await Promise.all(
      both.map(({ user: { tab } }) => (tab.page as Page).context().newCDPSession(tab.page as Page)),
    )
    const pid = execFileSync('ip', ['netns', 'pids', namespaceName('server')], { encoding: 'utf8' })
      .trim()
      .split('\n')[0]!
    return new MemoryGauges(
      [
        ...both.map(({ name }) => ({
          name: `heap of ${name}`,
          maxGrowthRatio: 1.1,
          maxGrowthMebibytes: 2,
          samplesMebibytes: [],
        })),
        { name: 'server, resident', maxGrowthRatio: 1.1, maxGrowthMebibytes: 8, samplesMebibytes: [] },
      ],
      [...sessions.map((session) => () => readHeapBytes(session)), () => readResidentBytes(pid)],
    )
  }

  /** Adds one sample to each gauge. */
  async sample(): Promise<void> {
    const found = await Promise.all(this.#reads.map((read) => read()))
    found.forEach((bytes, which) => this.gauges[which]!.samplesMebibytes.push(bytes / mebibyte))
  }
}

async function readHeapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

const readResidentBytes = (pid: string): number =>
  1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** Medians of the second and of the last quarter of the samples. */
export function quarterMedians({ samplesMebibytes }: Gauge): [second: number, last: number] {
  const quarter = Math.ceil(samplesMebibytes.length / 4)
  return [median(samplesMebibytes.slice(quarter, 2 * quarter)), median(samplesMebibytes.slice(-quarter))]
}

/** True if a verdict is possible. */
export const hasEnoughSamples = ({ samplesMebibytes }: Gauge): boolean => samplesMebibytes.length >= minSamples

/** True if the last quarter exceeds the growth limit over the second. */
export function hasGrown(gauge: Gauge): boolean {
  const [second, last] = quarterMedians(gauge)
  return hasEnoughSamples(gauge) && last > Math.max(second * gauge.maxGrowthRatio, second + gauge.maxGrowthMebibytes)
}
