import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inlineServerLimits } from '../../client/inlineServerLimits.ts'
import { serverLimits } from '../../machines/protocol/limits.ts'

const folder = new URL('../../machines/room/', import.meta.url)

test('the room machine keeps no use of the limits of the server', () => {
  const files = readdirSync(folder).map((name) => inlineServerLimits(readFileSync(new URL(name, folder), 'utf8')))
  expect(files.join('')).not.toMatch(/serverLimits[.[(]/)
})

test('a limit becomes its number, and an unknown one or another use is reported', () => {
  const line = `import { serverLimits } from './limits.ts'\n`
  expect(inlineServerLimits(`${line}const most = serverLimits.asksPerVisitor + 1`)).toBe(
    `${line}const most = ${serverLimits.asksPerVisitor} + 1`,
  )
  expect(() => inlineServerLimits(`${line}const most = serverLimits.asks`)).toThrow('unknown limit')
})
