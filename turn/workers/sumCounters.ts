import type { TurnCounters } from '../common/options.ts'

interface Numbers {
  [name: string]: number | undefined | Numbers
}

/** What all threads together hold and have done. @param all at least one */
export const sum = (all: readonly TurnCounters[]): TurnCounters =>
  all.map((one) => structuredClone(one) as unknown as Numbers).reduce(add) as unknown as TurnCounters

function add(total: Numbers, more: Numbers): Numbers {
  for (const [name, value] of Object.entries(more)) {
    if (typeof value === 'object') total[name] = add((total[name] ?? {}) as Numbers, value)
    else if (value !== undefined) total[name] = ((total[name] ?? 0) as number) + value
  }
  return total
}
