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

/** Formats the time of day with seconds, in 24 hours. */
export const formatTime = (language: string, date: Date): string =>
  date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

/** Formats a date and its time of day, in 24 hours. */
export const formatDateTime = (language: string, date: Date): string =>
  date.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
