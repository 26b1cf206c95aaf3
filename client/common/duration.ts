/**
 * Formats a duration in ms as m:ss, or as h:mm:ss from one hour on. All languages of the pages write it so (CLDR).
 * `Intl.DurationFormat` would need Chrome 129 and Firefox 136.
 */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000))
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':')
}
