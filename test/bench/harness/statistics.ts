/** Interpolated quantile, with `q` from 0 to 1. NaN for an empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return NaN
  const at = (sorted.length - 1) * q
  const [low = NaN, high = NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  // Covers two infinite values, which stand for runs without recovery.
  return low === high ? low : low + (high - low) * (at - Math.floor(at))
}

/** The median. NaN for an empty list. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The interquartile range, which contains half of all values. */
export const formatQuartiles = (values: readonly number[]): string =>
  `${formatNumber(quantile(values, 0.25))}–${formatNumber(quantile(values, 0.75))}`

/** Formats a number with a fixed number of digits, or `–` if it is not finite. */
export const formatNumber = (value: number, digits = 0): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '–'
