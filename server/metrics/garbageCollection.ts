import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'

/** Names of the kinds of a collection, as in V8. */
const kinds = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
} as const

/** Garbage collections of the main thread, by kind. */
export interface GarbageCollection {
  readonly runs: Record<string, number>
  readonly seconds: Record<string, number>
  stop(): void
}

/** Counts garbage collections until `stop`. All kinds are present from the start. */
export function measureGarbageCollection(): GarbageCollection {
  const zeros = (): Record<string, number> => Object.fromEntries(Object.values(kinds).map((kind) => [kind, 0]))
  const [runs, seconds] = [zeros(), zeros()]
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as (PerformanceEntry & { detail?: { kind?: number } })[]) {
      const kind = kinds[detail?.kind ?? -1] ?? 'minor'
      runs[kind] = (runs[kind] ?? 0) + 1
      seconds[kind] = (seconds[kind] ?? 0) + duration / 1000
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return { runs, seconds, stop: () => observer.disconnect() }
}
