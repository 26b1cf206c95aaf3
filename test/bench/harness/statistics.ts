export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return NaN
  const at = (sorted.length - 1) * q
  const [low = NaN, high = NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  // Also where both are infinite, which is how long it took when it never came to an end.
  return low === high ? low : low + (high - low) * (at - Math.floor(at))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Half of all values lie between these: how much to trust a median. */
export const formatQuartiles = (values: readonly number[]): string =>
  `${formatNumber(quantile(values, 0.25))}–${formatNumber(quantile(values, 0.75))}`

export const formatNumber = (value: number, digits = 0): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '–'
