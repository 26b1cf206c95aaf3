import type { TurnCounters } from '../common/options.ts'

interface NestedCounters {
  [name: string]: number | undefined | NestedCounters
}

/** Sums the counters of all threads. @param all at least one */
export const sumCounters = (all: readonly TurnCounters[]): TurnCounters =>
  all.map((one) => structuredClone(one) as unknown as NestedCounters).reduce(add) as unknown as TurnCounters

function add(total: NestedCounters, more: NestedCounters): NestedCounters {
  for (const [name, value] of Object.entries(more)) {
    if (typeof value === 'object') total[name] = add((total[name] ?? {}) as NestedCounters, value)
    else if (value !== undefined) total[name] = ((total[name] ?? 0) as number) + value
  }
  return total
}
