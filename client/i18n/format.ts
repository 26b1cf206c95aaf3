/** Numbers, times and dates of a language (ECMA-402). `language`: a BCP 47 tag. */

/** Formats a number with exactly `digits` digits after the decimal sign. */
export const formatNumber = (language: string, value: number, digits = 0): string =>
  new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

/** `percent`: 0 to 100. Below 10 it has one digit after the decimal sign. */
export const formatPercent = (language: string, percent: number): string =>
  new Intl.NumberFormat(language, {
    style: 'percent',
    minimumFractionDigits: percent < 10 ? 1 : 0,
    maximumFractionDigits: percent < 10 ? 1 : 0,
  }).format(percent / 100)

/** Formats a duration with its unit, such as `12 ms` or `1.50s`. */
export const formatUnit = (language: string, unit: 'millisecond' | 'second', value: number, digits = 0): string =>
  new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    // The short second is `Sek.` in German.
    unitDisplay: unit === 'second' ? 'narrow' : 'short',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** Formats a size in decimal units, such as `1.5 MB`. It has a digit after the decimal sign below 10 of its unit. */
export function formatBytes(language: string, bytes: number): string {
  const power = Math.min(byteUnits.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1000 ** power
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: byteUnits[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power > 0 && value < 10 ? 1 : 0,
  }).format(value)
}

/** Formats the time of day with seconds, in 24 hours. */
export const formatTime = (language: string, date: Date): string =>
  date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

/** Formats the time of day without seconds, as the language writes it. */
export const formatClock = (language: string, date: Date): string =>
  date.toLocaleTimeString(language, { hour: 'numeric', minute: '2-digit' })

/** Formats a date and its time of day, in 24 hours. */
export const formatDateTime = (language: string, date: Date): string =>
  date.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })

/** Formats the time until something is possible, such as `in 30 seconds`: in seconds below 90 s, else in minutes. */
export const formatWait = (language: string, waitMs: number): string => {
  const [unit, unitMs] = waitMs < 90_000 ? (['second', 1_000] as const) : (['minute', 60_000] as const)
  return new Intl.RelativeTimeFormat(language).format(Math.ceil(waitMs / unitMs), unit)
}

/** Formats the time since a start as minutes and seconds, such as `1:02.345`. A time before the start is negative. */
export const formatElapsed = (language: string, elapsedMs: number): string => {
  const absoluteMs = Math.abs(Math.round(elapsedMs))
  const seconds = new Intl.NumberFormat(language, { minimumIntegerDigits: 2, minimumFractionDigits: 3 })
  return `${elapsedMs < 0 ? '−' : ''}${formatNumber(language, Math.floor(absoluteMs / 60_000))}:${seconds.format((absoluteMs % 60_000) / 1_000)}`
}
