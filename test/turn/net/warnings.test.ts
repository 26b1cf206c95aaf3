import { expect, test } from 'vitest'
import { Warnings } from '../../../turn/net/warnings.ts'

test('1,000 warnings of a kind give one line, and one with their count after a minute', () => {
  const lines: unknown[] = []
  let now = 0
  const warnings = new Warnings({ warn: (fields, message) => lines.push([fields, message]) }, () => now)
  for (let i = 0; i < 1000; i++) {
    warnings.warn('relay', { port: i }, 'relay port unavailable')
    warnings.flush()
  }
  warnings.warn('accept', {}, 'TCP connection not accepted')
  expect(lines).toEqual([
    [{ port: 0 }, 'relay port unavailable'],
    [{}, 'TCP connection not accepted'],
  ])
  now = 60_000
  warnings.flush()
  warnings.flush()
  expect(lines.slice(2)).toEqual([[{ port: 999, count: 999 }, 'relay port unavailable']])
  now = 120_000
  warnings.flush()
  warnings.warn('relay', { port: 1 }, 'relay port unavailable')
  expect(lines.slice(3)).toEqual([[{ port: 1 }, 'relay port unavailable']])
})
