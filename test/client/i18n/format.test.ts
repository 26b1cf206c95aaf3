import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatElapsed, formatNumber, formatWait } from '../../../client/i18n/format.ts'

test.each<[language: string, one: string, many: string, minutes: string]>([
  ['en', 'in 1 second', 'in 30 seconds', 'in 2 minutes'],
  ['zh-Hans', '1秒钟后', '30秒钟后', '2分钟后'],
  ['de', 'in 1 Sekunde', 'in 30 Sekunden', 'in 2 Minuten'],
  ['fr', 'dans 1 seconde', 'dans 30 secondes', 'dans 2 minutes'],
  ['es', 'dentro de 1 segundo', 'dentro de 30 segundos', 'dentro de 2 minutos'],
  ['ja', '1 秒後', '30 秒後', '2 分後'],
  ['pt', 'em 1 segundo', 'em 30 segundos', 'em 2 minutos'],
])('%s: a wait agrees with its number, and is rounded up', (language, one, many, minutes) => {
  expect([400, 30_000, 90_000].map((waitMs) => formatWait(language, waitMs))).toEqual([one, many, minutes])
})

test.each([
  ['en', '1:02.345', '1,234'],
  ['de', '1:02,345', '1.234'],
  ['fr', '1:02,345', '1\u202F234'],
  ['ja', '1:02.345', '1,234'],
])('%s: numbers have the signs of the language', (language, elapsed, number) => {
  expect(formatElapsed(language, 62_345)).toBe(elapsed)
  expect(formatNumber(language, 1_234)).toBe(number)
})

test.each([
  [0, '0:00.000'],
  [59_999.7, '1:00.000'],
  [-1_500, '−0:01.500'],
])('the elapsed time of %d ms is %s', (elapsedMs, text) => expect(formatElapsed('en', elapsedMs)).toBe(text))

test('only the module for formats writes numbers, times and dates', () => {
  const folder = new URL('../../../client/', import.meta.url)
  const byHand = /\.toFixed\(|\.toLocale|\.padStart\(|\bIntl\.\w+Format|\.toISOString\(/
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|svelte)$/.test(path) && byHand.test(readFileSync(new URL(path, folder), 'utf8')))
    .sort()
  expect(found).toEqual([
    // h:mm:ss, the same in all languages.
    'common/duration.ts',
    'i18n/format.ts',
    // Times of files and reports, for programs and for the person who helps.
    'pages/check/report.ts',
    'trace/recorder.ts',
    'vite.config.ts',
  ])
})
